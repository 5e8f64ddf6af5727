"""The exporter of maps: depth, normals, points, texture coordinates, triangles and texels of an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.export.map_kinds import (
    ALL_KINDS,
    CAMERA,
    MAP_FORMATS,
    MAP_KINDS,
    MESH_NAME,
    WORLD,
    choose_kinds,
)

if TYPE_CHECKING:
    from camera_estimation.export._surface_maps import SurfaceMap
    from camera_estimation.rendering import Renderer, SeenSurface

TEXELS = 1024  # of the longer side of a map of texels, if the texture has more


@exporter_registry.register("maps")
class MapExporter(Exporter):
    """What each pixel shows of the mesh, and which pixel shows each texel."""

    description = "maps of every pixel: depth, normals, xyz, uv, face, visibility"
    one_image = True
    option_help: ClassVar = {
        "kinds": f"some of {', '.join(MAP_KINDS)}, with commas between; default: {ALL_KINDS}",
        "type": f"{', '.join(MAP_FORMATS)}; default: {MAP_FORMATS[0]}",
        "normals": f"{CAMERA} or {WORLD}: the axes of normals; default: {CAMERA}",
        "texels": f"longer side of visibility, at most the texture's; default: {TEXELS}",
    }

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self.kinds = choose_kinds(word.strip() for word in options.get("kinds", ALL_KINDS).split(","))
        self.suffix = self._one_of("type", MAP_FORMATS)
        self.normal_axes = self._one_of("normals", (CAMERA, WORLD))
        texels = options.get("texels", str(TEXELS))
        if not texels.isdecimal() or int(texels) < 1:
            raise InputError(f"--option maps.texels={texels}: give a whole number of texels, such as {TEXELS}")
        self.texels = int(texels)
        self._renderer: Renderer | None = None  # of the last mesh: images of one mesh usually come together

    def _one_of(self, option: str, known: Sequence[str]) -> str:
        value = self.options.get(option, known[0])
        if value not in known:
            raise InputError(f"--option maps.{option}={value}: give {' or '.join(known)}")
        return value

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export.map_files import write_map
        from camera_estimation.rendering import SeenSurface

        (image,) = images
        surface = SeenSurface(self._renderer_of(image), image.camera, image.lens)
        notes = {"image": image.image_path.name, "mesh": image.mesh_path.name, "axes": self.normal_axes}
        paths = []
        for name, found in self._maps(surface):
            told = {key: text for key, text in notes.items() if key != "axes" or found.kind == "normals"}
            paths.append(write_map(folder / f"{name}.{self.suffix}", found, told))
        if {"face", "visibility"} & {*self.kinds}:
            paths.append(self._write_mesh(folder / MESH_NAME, surface))
        return paths

    def _maps(self, surface: SeenSurface) -> Iterator[tuple[str, SurfaceMap]]:
        """Each with the name of its file; one after the other, for those of a large photograph fill gigabytes."""
        from camera_estimation.export._surface_maps import pixel_maps

        for kind in self.kinds:
            yield from ((found.kind, found) for found in pixel_maps(surface, [kind], self.normal_axes))
        if "visibility" in self.kinds:
            yield from self._texel_maps(surface)

    def _texel_maps(self, surface: SeenSurface) -> Iterator[tuple[str, SurfaceMap]]:
        """Of textures that have texels to tell apart."""
        from camera_estimation.export._texel_maps import texel_map

        sizes = {index: texture.texels.shape[:2] for index, texture in enumerate(surface.mesh.textures)}
        textures = {index: size for index, size in sizes.items() if max(size) > 1}
        for index, (height, width) in textures.items():
            share = min(1.0, self.texels / max(height, width))
            size = max(1, round(share * width)), max(1, round(share * height))
            name = "visibility" if len(textures) == 1 else f"visibility_{index}"
            yield name, texel_map(surface, index, *size)

    def _renderer_of(self, image: PosedImage) -> Renderer:
        from camera_estimation.rendering import Renderer

        mesh = image.mesh
        if self._renderer is None or self._renderer.mesh is not mesh:
            self._renderer = Renderer(mesh)
        return self._renderer

    def _write_mesh(self, path: Path, surface: SeenSurface) -> Path:
        """The triangles by their indices, in world coordinates, and how many pixels show each."""
        import io

        import numpy as np

        from camera_estimation.io import write_bytes

        mesh, stream = surface.mesh, io.BytesIO()
        vertices = mesh.center.double().cpu() + mesh.radius * mesh.vertices.double().cpu()
        shown = surface.faces[surface.faces >= 0]
        np.savez_compressed(
            stream,
            vertices=vertices.numpy(),
            faces=mesh.faces.cpu().numpy(),
            uv=mesh.uv.cpu().numpy(),
            face_texture=mesh.face_texture.cpu().numpy(),
            face_pixels=np.bincount(shown, minlength=len(mesh.faces)).astype(np.int32),
        )
        write_bytes(path, stream.getvalue())
        return path
