"""What can be ordered to be done, and what each request has to say for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.lighting import light_registry
from camera_estimation.results import parse_camera
from camera_estimation.segmentation import Prompt
from camera_estimation.studio.jobs import (
    InsertionWish,
    Job,
    Workplace,
    adopt_compared,
    choose_alternative,
    compare_objectives,
    estimate_subject,
    export_results,
    find_regions,
    insert_into_frames,
    insert_into_subject,
    propose_mask,
    refine_subject,
    track_onward,
)
from camera_estimation.studio.settings import SettingsChoice, parse_choice
from camera_estimation.studio.shelf import Subject, parse_placement
from camera_estimation.studio.web.studio_state import StudioState

Values = dict[str, Any]
Work = Callable[[Job], "Values | None"]


@dataclass(frozen=True)
class JobOrder:
    """A request for work: the sample, the settings, and what else it says."""

    state: StudioState
    subject: Subject
    choice: SettingsChoice
    values: Values

    @property
    def place(self) -> Workplace:
        return self.state.place

    @property
    def name(self) -> str:
        return self.subject.sample.name

    def frames(self) -> list[Subject]:
        """The sequence that the sample is of. Raises InputError if it is of none."""
        session = self.state.session
        for group in session.sequences():
            if self.subject.number in group:
                return [session.subjects[number] for number in group]
        raise InputError(f"{self.name}: belongs to no sequence")


def read_order(state: StudioState, values: Values) -> tuple[JobOrder, str, Work]:
    """The order, its title and its work. Raises InputError if it is none."""
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in WORKS:
        raise InputError(f"there is no work '{kind}'; reload the page")
    subject = state.session.subject(values.get("sample"))
    order = JobOrder(state, subject, parse_choice(values.get("settings")), values)
    return order, *WORKS[kind](order)


def _estimation_work(order: JobOrder) -> tuple[str, Work]:
    return f"Estimate {order.name}", lambda job: estimate_subject(job, order.place, order.subject, order.choice)


def _refinement_work(order: JobOrder) -> tuple[str, Work]:
    camera = parse_camera(order.values.get("camera"), "the pose")
    title = f"Refine {order.name} from here"
    return title, lambda job: refine_subject(job, order.place, order.subject, order.choice, camera)


def _choice_work(order: JobOrder) -> tuple[str, Work]:
    index = order.values.get("index")
    if not isinstance(index, int):
        raise InputError("no other pose was chosen")
    title = f"Take another pose of {order.name}"
    return title, lambda job: choose_alternative(job, order.place, order.subject, order.choice, index)


def _tracking_work(order: JobOrder) -> tuple[str, Work]:
    frames = order.frames()
    title = f"Track onwards from {order.name}"
    return title, lambda job: track_onward(job, order.place, frames, order.subject, order.choice)


def _comparison_work(order: JobOrder) -> tuple[str, Work]:
    names = [name for name in order.values.get("names") or [] if isinstance(name, str)]
    title = f"Compare {len(names)} objectives on {order.name}"
    return title, lambda job: compare_objectives(job, order.place, order.subject, order.choice, names)


def _adoption_work(order: JobOrder) -> tuple[str, Work]:
    name = str(order.values.get("name"))
    return f"Take the result of {name}", lambda job: adopt_compared(job, order.place, order.subject, name)


def _proposal_work(order: JobOrder) -> tuple[str, Work]:
    segmenter, prompt = str(order.values.get("segmenter")), Prompt(order.subject.box)
    title = f"Propose a mask for {order.name}"
    return title, lambda job: propose_mask(job, order.place, order.subject, segmenter, prompt)


def _region_work(order: JobOrder) -> tuple[str, Work]:
    segmenter = str(order.values.get("segmenter"))
    return f"Find regions of {order.name}", lambda job: find_regions(job, order.place, order.subject, segmenter)


def _export_work(order: JobOrder) -> tuple[str, Work]:
    values, state, name = order.values, order.state, str(order.values.get("format"))
    options = {str(key): str(value) for key, value in (values.get("options") or {}).items() if value != ""}
    subjects = list(state.session.subjects.values()) if values.get("all") is True else [order.subject]

    def work(job: Job) -> Values:
        path = export_results(job, state.place, subjects, name, options)
        return {"download": state.offer(path), "file": path.name}

    return f"Write {name}", work


def _insertion_work(order: JobOrder) -> tuple[str, Work]:
    wish = _insertion_wish(order)
    title = f"Insert {wish.object_path.name} into {order.name}"
    return title, lambda job: insert_into_subject(job, order.place, order.subject, wish)


def _sequence_insertion_work(order: JobOrder) -> tuple[str, Work]:
    wish, frames, state = _insertion_wish(order), order.frames(), order.state

    def work(job: Job) -> Values:
        path = insert_into_frames(job, state.place, frames, order.subject, wish)
        return {"download": state.offer(path), "file": path.name}

    return f"Insert {wish.object_path.name} into every frame", work


def _insertion_wish(order: JobOrder) -> InsertionWish:
    values = order.values
    method, light = values.get("light"), order.place.configure(order.choice).light
    if method is not None:
        light = replace(light, method=str(method))
    light_registry.check_runnable(light.method)
    if isinstance(values.get("shadows"), bool):
        light = replace(light, shadows=values["shadows"])
    object_path = order.state.session.object_path(values.get("object"))
    return InsertionWish(object_path, parse_placement(values.get("placement")), light)


WORKS: dict[str, Callable[[JobOrder], tuple[str, Work]]] = {
    "estimate": _estimation_work,
    "refine": _refinement_work,
    "choose": _choice_work,
    "track": _tracking_work,
    "compare": _comparison_work,
    "adopt": _adoption_work,
    "propose": _proposal_work,
    "regions": _region_work,
    "export": _export_work,
    "insert": _insertion_work,
    "insert_all": _sequence_insertion_work,
}
