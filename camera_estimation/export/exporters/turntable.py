"""The exporter of turntable.mp4: the mesh turned round once, beginning as the first picture shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8

    from camera_estimation.geometry import Camera
    from camera_estimation.rendering import Renderer

FILE_NAME = "turntable.mp4"
RATE = 24.0  # frames a second
USUAL_SECONDS = 4.0
LONGEST_SECONDS = 60.0
SIDE = 512  # pixels
MARGIN = 1.15  # of the mesh's bounding sphere, which fits into the picture wherever it turns to


@exporter_registry.register("turntable")
class TurntableExporter(Exporter):
    """The mesh turned round its vertical axis, seen as the camera of the first image sees it."""

    description = f"{FILE_NAME}: the mesh turned round once, from the camera that was found for its first image"
    one_mesh = True
    files = (FILE_NAME,)
    option_help: ClassVar[Mapping[str, str]] = {"seconds": "of a turn; without it 4"}

    @classmethod
    def missing(cls) -> str | None:
        from camera_estimation.io import missing_for_videos

        return missing_for_videos()

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.io import video_bytes, write_bytes
        from camera_estimation.rendering import create_renderer

        frames = round(RATE * self._seconds())
        renderer = create_renderer(images[0].mesh)
        path = folder / FILE_NAME
        write_bytes(path, video_bytes(_turn(renderer, images[0].camera, frames), RATE))
        return [path]

    def _seconds(self) -> float:
        text = self.options.get("seconds", str(USUAL_SECONDS))
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 1 / RATE <= seconds <= LONGEST_SECONDS:
            raise InputError(f"--option turntable.seconds={text}: give seconds, at most {LONGEST_SECONDS:g}")
        return seconds


def _turn(renderer: Renderer, camera: Camera, frames: int) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
    import torch

    from camera_estimation.geometry import rotvec_to_rotmat
    from camera_estimation.visualization import render_frame, render_picture

    camera = _square_camera(renderer, camera)
    center = renderer.mesh.center.to(camera.rotation)
    for frame in range(frames):
        turn = torch.tensor([[0.0, 2 * torch.pi * frame / frames, 0.0]], dtype=camera.rotation.dtype)
        rotation = camera.rotation @ rotvec_to_rotmat(turn)
        translation = camera.translation + (camera.rotation - rotation) @ center
        yield render_picture(render_frame(renderer, replace(camera, rotation=rotation, translation=translation)))


def _square_camera(renderer: Renderer, camera: Camera) -> Camera:
    """From the same side at the same distance, turned to the middle of the mesh, all of which it shows."""
    import torch

    from camera_estimation.geometry import rotation_between

    camera = camera.to("cpu", torch.float64)
    center = renderer.mesh.center.to(camera.rotation)
    away = camera.rotation[0] @ center + camera.translation[0]
    distance = max(float(away.norm()), MARGIN * renderer.mesh.radius)
    focal = SIDE / 2 * (distance**2 - renderer.mesh.radius**2) ** 0.5 / (MARGIN * renderer.mesh.radius)
    forward = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    straight = (rotation_between(away[None] / away.norm(), forward) @ camera.rotation)[0]
    return replace(
        camera,
        rotation=straight[None],
        translation=(torch.tensor([0.0, 0.0, distance], dtype=torch.float64) - straight @ center)[None],
        focal=torch.full((1, 2), focal, dtype=torch.float64),
        principal_point=torch.full((1, 2), SIDE / 2, dtype=torch.float64),
        width=SIDE,
        height=SIDE,
    )
