"""An object put into the samples of a run, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from camera_estimation.commands.insert.files import write_insertion
from camera_estimation.commands.insert.plan import InsertPlan
from camera_estimation.commands.insert.scene_memory import KnownScene, SceneMemory
from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage
from camera_estimation.lighting import (
    Light,
    LightEstimate,
    SequenceLight,
    choose_frames_evenly,
    estimate_sequence_light,
)
from camera_estimation.lighting.insertion import (
    MOST_CLUTTER,
    Placement,
    PlacementRequest,
    insert_object,
    measure_clutter,
    parse_axis,
    place_object,
)
from camera_estimation.results import sample_folder

UP_REMARKS = {
    "rests": "up is not the mesh's own axis: it is taken to lie on a side; --up says otherwise",
    "camera": "up is the camera's, as the mesh tells none; --up says otherwise",
}


@dataclass(frozen=True, eq=False)
class InsertedSample:
    """A sample with an object in it.

    Attributes:
        picture: sRGB.
        folder: Of its files.
        placement: Of the object.
        light: In the mesh's world axes.
        told: What insertion.json says of the light: ``light_from``, and ``explained`` or None.
    """

    picture: UInt8[np.ndarray, "H W 3"]
    folder: Path
    placement: Placement
    light: Light
    told: dict[str, Any]


class Inserter:
    """Puts the object of a plan into samples.

    Args:
        plan: What is to be done.
        remark: Takes lines that are to be told.
        memory: Of scenes and lights that are at hand.
        step: Is told what is begun: "light", "object".
    """

    def __init__(
        self,
        plan: InsertPlan,
        remark: Callable[[str], None],
        memory: SceneMemory | None = None,
        step: Callable[[str], None] = lambda stage: None,
    ) -> None:
        self.plan, self._remark, self._step = plan, remark, step
        self._memory = memory or SceneMemory(plan.device)
        self._placement: Placement | None = None
        self._sequence: SequenceLight | None = None
        self._shared: LightEstimate | None = None
        self._group: Sequence[PosedImage] = ()

    def begin(self, group: Sequence[PosedImage]) -> None:
        """The samples that come next, which have one light and one place."""
        self._group = group
        self._placement = self.plan.placement if isinstance(self.plan.placement, Placement) else None
        self._sequence = None

    def insert(self, image: PosedImage) -> InsertedSample:
        """Put the object into a sample, and write its picture and insertion.json.

        Raises:
            InputError: A file cannot be read or written, or the light or a place cannot be found.
        """
        scene = self._memory.open(image)
        if scene.photograph.flattened:
            self._remark(f"{image.name}: its transparent background is shown as plain gray")
        self._step("light")
        light, told = self._light(image, scene)
        self._step("object")
        placement = self._place(image, scene)
        insertion = insert_object(
            scene.photograph,
            scene.renderer,
            self.plan.inserted,
            placement,
            light,
            self.plan.config,
            parse_axis(self.plan.object_up),
            scene.occluder,
        )
        self._step("files")
        if not insertion.coverage.any():
            self._remark(f"{image.name}: the object is not in the picture, or hidden; --shift or --at moves it")
        folder = sample_folder(self.plan.output_dir, image.name)
        write_insertion(folder, insertion, image, self.plan.inserted.path, placement, light, self.plan.config, told)
        return InsertedSample(insertion.picture, folder, placement, light, told)

    def _place(self, image: PosedImage, scene: KnownScene) -> Placement:
        if self._placement is None:
            assert not isinstance(self.plan.placement, Placement)
            self._placement, source = place_object(
                self.plan.placement, scene.photograph, scene.renderer, self.plan.inserted
            )
            if source in UP_REMARKS:
                self._remark(f"{image.name}: {UP_REMARKS[source]}")
            self._tell_clutter(image, scene, self.plan.placement)
        return self._placement

    def _tell_clutter(self, image: PosedImage, scene: KnownScene, request: PlacementRequest) -> None:
        if not request.is_beside or any(request.shift) or self._placement is None:
            return
        inserted, up = self.plan.inserted, self.plan.object_up
        if measure_clutter(self._placement, scene.photograph, scene.renderer, inserted, up) > MOST_CLUTTER:
            self._remark(
                f"{image.name}: no ground beside the mesh is free of other things; the object stands where they are "
                "least in the way; --at, --shift or --on object moves it"
            )

    def _light(self, image: PosedImage, scene: KnownScene) -> tuple[Light, dict[str, Any]]:
        """The light in the mesh's world axes, and what is told of it."""
        if self.plan.light is not None:
            return self.plan.light, {"light_from": "a file", "explained": None}
        if self.plan.light_sample is not None:
            estimate = self._light_of_sample(self.plan.light_sample)
            return estimate.light, _describe_light(estimate, self.plan.light_sample.name)
        if len(self._group) > 1:
            if self._sequence is None:
                self._sequence = self._light_of_group()
            told = _describe_light(self._sequence.estimate, f"the sequence, fixed to the {self._sequence.fixed_to}")
            return self._sequence.at(scene.photograph), told
        estimate = self._memory.light(scene, self.plan.config)
        return estimate.light, _describe_light(estimate, image.name)

    def _light_of_sample(self, image: PosedImage) -> LightEstimate:
        if self._shared is None:
            self._shared = self._memory.light(self._memory.open(image), self.plan.config)
        return self._shared

    def _light_of_group(self) -> SequenceLight:
        opened, errors = [], []
        for place in choose_frames_evenly(len(self._group)):
            try:
                opened.append(self._memory.open(self._group[place]))
            except InputError as error:  # told where the frame's own turn comes
                errors.append(error)
        if not opened:
            raise errors[0]
        return estimate_sequence_light(
            [scene.photograph for scene in opened],
            [scene.renderer for scene in opened],
            self.plan.config,
            [scene.occluder for scene in opened],
        )


def _describe_light(estimate: LightEstimate, source: str) -> dict[str, Any]:
    finite = np.isfinite(estimate.explained)
    return {
        "light_from": source,
        "explained": round(float(estimate.explained), 4) if finite else None,
        "residual": round(float(estimate.residual), 5) if finite else None,
    }
