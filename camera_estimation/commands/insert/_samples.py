"""An object put into the samples of a run, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from camera_estimation.commands.insert.files import write_insertion
from camera_estimation.commands.insert.plan import InsertPlan
from camera_estimation.errors import InputError
from camera_estimation.export import BEND_NAME, PosedImage
from camera_estimation.lighting import (
    Light,
    LightEstimate,
    Photograph,
    SequenceLight,
    choose_frames_evenly,
    estimate_light,
    estimate_sequence_light,
    open_photograph,
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
from camera_estimation.mesh import bend_mesh, read_bend
from camera_estimation.rendering import LightOccluder, Renderer
from camera_estimation.results import sample_folder

MASK_NAME = "mask.png"
UP_REMARKS = {
    "rests": "up is not the mesh's own axis: it is taken to lie on a side; --up says otherwise",
    "camera": "up is the camera's, as the mesh tells none; --up says otherwise",
}


@dataclass(frozen=True, eq=False)
class _KnownMesh:
    path: Path
    renderer: Renderer
    occluder: LightOccluder


class Inserter:
    """Puts the object of a plan into samples.

    Args:
        plan: What is to be done.
        remark: Takes lines that are to be told.
    """

    def __init__(self, plan: InsertPlan, remark: Callable[[str], None]) -> None:
        self.plan, self._remark = plan, remark
        self._mesh: _KnownMesh | None = None  # of the last sample: images of one mesh usually come together
        self._placement: Placement | None = None
        self._sequence: SequenceLight | None = None
        self._shared: LightEstimate | None = None
        self._group: Sequence[PosedImage] = ()

    def begin(self, group: Sequence[PosedImage]) -> None:
        """The samples that come next, which have one light and one place."""
        self._group = group
        self._placement = self.plan.placement if isinstance(self.plan.placement, Placement) else None
        self._sequence = None

    def insert(self, image: PosedImage) -> np.ndarray:
        """The picture of a sample, which is written with its insertion.json.

        Raises:
            InputError: A file cannot be read or written, or the light or a place cannot be found.
        """
        photograph, mesh = self._open(image)
        if photograph.flattened:
            self._remark(f"{image.name}: its transparent background is shown as plain gray")
        light, told = self._light(image, photograph, mesh)
        placement = self._place(image, photograph, mesh)
        insertion = insert_object(
            photograph,
            mesh.renderer,
            self.plan.inserted,
            placement,
            light,
            self.plan.config,
            parse_axis(self.plan.object_up),
            mesh.occluder,
        )
        if not insertion.coverage.any():
            self._remark(f"{image.name}: the object is not in the picture, or hidden; --shift or --at moves it")
        folder = sample_folder(self.plan.output_dir, image.name)
        write_insertion(folder, insertion, image, self.plan.inserted.path, placement, light, self.plan.config, told)
        if not self.plan.quiet:
            click.echo(f"{image.name}: {folder / 'inserted.png'}{_light_phrase(told)}")
        return insertion.picture

    def _open(self, image: PosedImage) -> tuple[Photograph, _KnownMesh]:
        mask = None if image.sample_folder is None else image.sample_folder / MASK_NAME
        photograph = open_photograph(image.image_path, image.camera, image.lens, mask)
        bend = None if image.sample_folder is None else image.sample_folder / BEND_NAME
        bent = bend is not None and bend.is_file()
        key = bend if bent and bend is not None else image.mesh_path
        if self._mesh is None or self._mesh.path != key:
            mesh = image.mesh
            if bent and bend is not None:
                mesh = bend_mesh(mesh, read_bend(bend))
            renderer = Renderer(mesh.to(self.plan.device))
            self._mesh = _KnownMesh(key, renderer, LightOccluder(renderer.mesh))
        return photograph, self._mesh

    def _place(self, image: PosedImage, photograph: Photograph, mesh: _KnownMesh) -> Placement:
        if self._placement is None:
            assert not isinstance(self.plan.placement, Placement)
            self._placement, source = place_object(self.plan.placement, photograph, mesh.renderer, self.plan.inserted)
            if source in UP_REMARKS:
                self._remark(f"{image.name}: {UP_REMARKS[source]}")
            self._tell_clutter(image, photograph, mesh, self.plan.placement)
        return self._placement

    def _tell_clutter(
        self, image: PosedImage, photograph: Photograph, mesh: _KnownMesh, request: PlacementRequest
    ) -> None:
        if not request.is_beside or any(request.shift) or self._placement is None:
            return
        inserted, up = self.plan.inserted, self.plan.object_up
        if measure_clutter(self._placement, photograph, mesh.renderer, inserted, up) > MOST_CLUTTER:
            self._remark(
                f"{image.name}: no ground beside the mesh is free of other things; the object stands where they are "
                "least in the way; --at, --shift or --on object moves it"
            )

    def _light(self, image: PosedImage, photograph: Photograph, mesh: _KnownMesh) -> tuple[Light, dict[str, Any]]:
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
            return self._sequence.at(photograph), told
        estimate = estimate_light(photograph, mesh.renderer, self.plan.config, mesh.occluder)
        return estimate.light, _describe_light(estimate, image.name)

    def _light_of_sample(self, image: PosedImage) -> LightEstimate:
        if self._shared is None:
            photograph, mesh = self._open(image)
            self._shared = estimate_light(photograph, mesh.renderer, self.plan.config, mesh.occluder)
        return self._shared

    def _light_of_group(self) -> SequenceLight:
        opened, errors = [], []
        for place in choose_frames_evenly(len(self._group)):
            try:
                opened.append(self._open(self._group[place]))
            except InputError as error:  # told where the frame's own turn comes
                errors.append(error)
        if not opened:
            raise errors[0]
        photographs, meshes = zip(*opened, strict=True)
        return estimate_sequence_light(
            photographs, [mesh.renderer for mesh in meshes], self.plan.config, [mesh.occluder for mesh in meshes]
        )


def _describe_light(estimate: LightEstimate, source: str) -> dict[str, Any]:
    finite = np.isfinite(estimate.explained)
    return {
        "light_from": source,
        "explained": round(float(estimate.explained), 4) if finite else None,
        "residual": round(float(estimate.residual), 5) if finite else None,
    }


def _light_phrase(told: dict[str, Any]) -> str:
    explained = told["explained"]
    return "" if explained is None else f" (light explains {100 * max(explained, 0):.0f} % of the shading)"
