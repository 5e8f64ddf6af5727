"""Photographs with the meshes that they show, and their light: the last ones are kept for who asks again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from camera_estimation.configuration import LightConfig
from camera_estimation.export import BEND_NAME, PosedImage
from camera_estimation.geometry import camera_values
from camera_estimation.lighting import LightEstimate, Photograph, estimate_light, open_photograph
from camera_estimation.mesh import bend_mesh, read_bend
from camera_estimation.rendering import LightOccluder, Renderer

MASK_NAME = "mask.png"
LIGHTS_KEPT = 8


@dataclass(frozen=True, eq=False)
class KnownScene:
    """A photograph, and the mesh that it shows.

    Args:
        image: The sample.
        photograph: Its picture with the camera.
        source: What the mesh is from: its file, or that of its bend, and when that was written.
        renderer: Of the mesh, bent if it was.
        occluder: Likewise.
    """

    image: PosedImage
    photograph: Photograph
    source: tuple[Path, int]
    renderer: Renderer
    occluder: LightOccluder

    @property
    def key(self) -> Any:
        """The same for what is the same."""
        return self.image.image_path, self.source, str(camera_values(self.image.camera))


class SceneMemory:
    """Opens scenes and estimates their light.

    Args:
        device: Of renderers.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self._scene: KnownScene | None = None  # images of one mesh usually come together
        self._lights: dict[Any, LightEstimate] = {}

    def open(self, image: PosedImage) -> KnownScene:
        """The scene of a sample. Raises InputError if its files cannot be read."""
        folder = image.sample_folder
        mask = None if folder is None else folder / MASK_NAME
        photograph = open_photograph(image.image_path, image.camera, image.lens, mask)
        bend = None if folder is None else folder / BEND_NAME
        bent = bend is not None and bend.is_file()
        source = (bend, bend.stat().st_mtime_ns) if bent and bend is not None else (image.mesh_path, 0)
        before = self._scene
        if before is not None and before.source == source:
            scene = replace(before, image=image, photograph=photograph)
        else:
            mesh = bend_mesh(image.mesh, read_bend(source[0])) if bent else image.mesh
            renderer = Renderer(mesh.to(self.device))
            scene = KnownScene(image, photograph, source, renderer, LightOccluder(renderer.mesh))
        self._scene = scene
        return scene

    def light(self, scene: KnownScene, config: LightConfig) -> LightEstimate:
        """The light of a scene. Raises InputError as ``estimate_light`` does."""
        key = scene.key, replace(config, shadows=True, shadow_samples=1)  # which are not of the fit
        if key not in self._lights:
            while len(self._lights) >= LIGHTS_KEPT:
                self._lights.pop(next(iter(self._lights)))
            self._lights[key] = estimate_light(scene.photograph, scene.renderer, config, scene.occluder)
        return self._lights[key]
