"""Pictures of a small mesh that take an estimate through all of its branches, in no time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from camera_estimation.configuration import Configuration, LossConfig
from camera_estimation.images.source_image import UNMASKED, SourceImage
from camera_estimation.mesh.textured_mesh import TexturedMesh
from tests.support.orbits import QUICK, SIZE, ball, orbiting_cameras, pictures

HIDDEN = (slice(40, 80), slice(70, SIZE))  # rows and columns that something gray is in front of
GRAY = 90
AROUND = (20.0, 15.0, 108.0, 110.0)  # where the object is, about: with it much less is searched


@dataclass(frozen=True)
class Case:
    """What is estimated, with which settings."""

    image: SourceImage
    config: Configuration


def with_refinement(**settings) -> Configuration:
    return replace(QUICK, refinement=replace(QUICK.refinement, **settings))


def with_lighting(lighting: str) -> Configuration:
    return replace(QUICK, appearance=replace(QUICK.appearance, lighting=lighting))


def hide_part(image: SourceImage) -> SourceImage:
    rgb, mask = image.rgb.clone(), image.mask.clone()
    rows, columns = HIDDEN
    rgb[:, rows, columns], mask[:, rows, columns] = GRAY, 0
    return replace(image, rgb=rgb, mask=mask, mask_source="file")


def fill_background(image: SourceImage) -> SourceImage:
    """Before noise, and without a mask."""
    coverage = image.mask / 255
    noise = 120 * torch.rand(image.rgb.shape, generator=torch.Generator().manual_seed(0))
    rgb = image.rgb * coverage + noise * (1 - coverage)
    whole = torch.full_like(image.mask, 255)
    return replace(image, rgb=rgb.byte(), mask=whole, mask_source=UNMASKED, box=AROUND)


def small_cases() -> tuple[TexturedMesh, dict[str, Case]]:
    """The mesh, and a case for each way through the method: the mesh as it is, in other light, without color, something
    in front of it, a mesh that is bent, an objective that gradients go through, no mask."""
    mesh = ball()
    image = pictures(mesh, orbiting_cameras([20.0]))[0]
    free = with_refinement(mesh_quality="auto", occlusion="auto")
    return mesh, {
        "exact": Case(image, QUICK),
        "lit": Case(image, with_lighting("sh")),
        "white": Case(image, with_lighting("shading")),
        "hidden": Case(hide_part(image), free),
        "bent": Case(image, with_refinement(mesh_quality="generated")),
        "gradients": Case(image, replace(QUICK, loss=LossConfig(name="l1l2", resolution=96))),
        "unmasked": Case(fill_background(image), free),
    }
