"""Work: begin it, stop it, listen to it, and take its files away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import camera_estimation
from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.results import parse_camera
from camera_estimation.segmentation import Prompt
from camera_estimation.studio.jobs import (
    Job,
    adopt_compared,
    choose_alternative,
    compare_objectives,
    estimate_subject,
    export_results,
    find_regions,
    propose_mask,
    refine_subject,
    track_onward,
)
from camera_estimation.studio.settings import form_values, parse_choice, plugin_tables
from camera_estimation.studio.web._requests import do_apart, read_values, session_of, state_of
from camera_estimation.studio.web._sample_values import brief_values
from camera_estimation.studio.web.studio_state import StudioState

Values = dict[str, Any]
Work = Callable[[Job], "Values | None"]


async def show_studio(request: Request) -> Response:
    """All that a page needs to begin with."""
    state, session = state_of(request), session_of(request)
    return JSONResponse(
        {
            "version": camera_estimation.__version__,
            "folder": str(session.options.output_dir.resolve()),
            "samples": [brief_values(subject) for subject in session.subjects.values()],
            "sequences": session.sequences(),
            "remarks": session.remarks,
            "job": None if state.jobs.current is None else state.jobs.current.values(),
        }
    )


async def show_form(request: Request) -> Response:
    def gather() -> Values:
        return {"groups": form_values(Configuration()), **plugin_tables()}

    return JSONResponse(await do_apart(gather))


async def begin_job(request: Request) -> Response:
    values = await read_values(request)
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in WORKS:
        raise InputError(f"there is no work '{kind}'; reload the page")
    state = state_of(request)
    title, number, work = WORKS[kind](state, values)
    return JSONResponse(state.jobs.start(kind, title, work, number).values())


async def stop_job(request: Request) -> Response:
    state_of(request).jobs.stop()
    return JSONResponse({"stopping": True})


async def listen(request: Request) -> Response:
    return StreamingResponse(state_of(request).hub.listen(), media_type="text/event-stream")


async def take_away(request: Request) -> Response:
    path = state_of(request).downloads.get(request.path_params["number"])
    if path is None or not path.is_file():
        raise InputError("that file is no longer here; export it again")
    return FileResponse(path, filename=path.name)


def _estimation_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, choice = state.session.subject(values.get("sample")), parse_choice(values.get("settings"))
    title = f"Estimate {subject.sample.name}"
    return title, subject.number, lambda job: estimate_subject(job, state.place, subject, choice)


def _refinement_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, choice = state.session.subject(values.get("sample")), parse_choice(values.get("settings"))
    camera = parse_camera(values.get("camera"), "the pose")
    title = f"Refine {subject.sample.name} from here"
    return title, subject.number, lambda job: refine_subject(job, state.place, subject, choice, camera)


def _choice_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, choice = state.session.subject(values.get("sample")), parse_choice(values.get("settings"))
    index = values.get("index")
    if not isinstance(index, int):
        raise InputError("no other pose was chosen")
    title = f"Take another pose of {subject.sample.name}"
    return title, subject.number, lambda job: choose_alternative(job, state.place, subject, choice, index)


def _tracking_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    session = state.session
    subject, choice = session.subject(values.get("sample")), parse_choice(values.get("settings"))
    groups = [group for group in session.sequences() if subject.number in group]
    if not groups:
        raise InputError(f"{subject.sample.name}: belongs to no sequence")
    frames = [session.subjects[number] for number in groups[0]]
    title = f"Track onwards from {subject.sample.name}"
    return title, subject.number, lambda job: track_onward(job, state.place, frames, subject, choice)


def _comparison_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, choice = state.session.subject(values.get("sample")), parse_choice(values.get("settings"))
    names = [name for name in values.get("names") or [] if isinstance(name, str)]
    title = f"Compare {len(names)} objectives on {subject.sample.name}"
    return title, subject.number, lambda job: compare_objectives(job, state.place, subject, choice, names)


def _adoption_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, name = state.session.subject(values.get("sample")), str(values.get("name"))
    title = f"Take the result of {name}"
    return title, subject.number, lambda job: adopt_compared(job, state.place, subject, name)


def _proposal_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, segmenter = state.session.subject(values.get("sample")), str(values.get("segmenter"))
    prompt = Prompt(subject.box)
    title = f"Propose a mask for {subject.sample.name}"
    return title, subject.number, lambda job: propose_mask(job, state.place, subject, segmenter, prompt)


def _region_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    subject, segmenter = state.session.subject(values.get("sample")), str(values.get("segmenter"))
    title = f"Find regions of {subject.sample.name}"
    return title, subject.number, lambda job: find_regions(job, state.place, subject, segmenter)


def _export_work(state: StudioState, values: Values) -> tuple[str, int, Work]:
    session, name = state.session, str(values.get("format"))
    options = {str(key): str(value) for key, value in (values.get("options") or {}).items() if value != ""}
    subject = session.subject(values.get("sample"))
    subjects = list(session.subjects.values()) if values.get("all") is True else [subject]

    def work(job: Job) -> Values:
        path = export_results(job, state.place, subjects, name, options)
        return {"download": state.offer(path), "file": path.name}

    return f"Write {name}", subject.number, work


WORKS: dict[str, Callable[[StudioState, Values], tuple[str, int, Work]]] = {
    "estimate": _estimation_work,
    "refine": _refinement_work,
    "choose": _choice_work,
    "track": _tracking_work,
    "compare": _comparison_work,
    "adopt": _adoption_work,
    "propose": _proposal_work,
    "regions": _region_work,
    "export": _export_work,
}
ROUTES = [
    Route("/api/studio", show_studio),
    Route("/api/form", show_form),
    Route("/api/jobs", begin_job, methods=["POST"]),
    Route("/api/jobs/stop", stop_job, methods=["POST"]),
    Route("/api/events", listen),
    Route("/api/downloads/{number:int}", take_away),
]
