"""Views of meshes on disk, so that the next run of the same mesh, whatever its file is called, need not draw them.

They lie in the folder ``views`` beside the weights (see ``camera_estimation.weights``), and are found by what they
depend on: the mesh's content, the settings, and the versions of what draws. The folder may be removed at any time.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from pathlib import Path

import torch

from camera_estimation import __version__
from camera_estimation.configuration import SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.io import ArrayCache
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import Renderer
from camera_estimation.search.view_drawing import DrawnViews, draw_views
from camera_estimation.weights import weights_folder

FORMAT = 2  # to be counted up with every change of what is drawn, or how it is kept
LARGEST_FOLDER = 512 * 2**20  # bytes: some 75 meshes at one distance
REMEDY = "make room, set CAMERA_ESTIMATION_CACHE to another folder, or use --no_cache"


class ViewCache:
    """Views of one mesh, drawn or from disk.

    On CUDA, and by renderers of other packages, whose versions are not known, they are always drawn.

    Args:
        renderer: Of the mesh.
        config: How views are drawn, and whether they are kept on disk.
    """

    def __init__(self, renderer: Renderer, config: SearchConfig) -> None:
        self._renderer, self._config = renderer, config
        self._content: bytes | None = None
        self.remarks: tuple[str, ...] = ()
        kept = config.cache and renderer.uses_own_kernels and renderer.mesh.device.type == "cpu"
        self._cache = self._open() if kept else None

    def views(self, distance: float) -> DrawnViews:
        """From ``distance`` object radii: the same whether they were on disk or not."""
        if self._cache is None:
            return draw_views(self._renderer, distance, self._config)
        key = self._key(distance)
        views = self._read(self._cache, key)
        if views is not None:
            return views
        with self._cache.reserve(key):  # another process may be drawing them
            views = self._read(self._cache, key)
            if views is None:
                views = draw_views(self._renderer, distance, self._config)
                self._write(self._cache, key, views)
        return views

    def _read(self, cache: ArrayCache, key: str) -> DrawnViews | None:
        arrays = cache.read(key)
        if arrays is None:
            return None
        return DrawnViews(**{name: torch.tensor(array) for name, array in arrays.items()})

    def _open(self) -> ArrayCache | None:
        try:
            return ArrayCache(views_folder(), LARGEST_FOLDER)
        except RuntimeError:  # of pathlib: users without a home, as in containers
            self._remark("you have no home folder: views of meshes cannot be kept for the next run")
            return None

    def _remark(self, line: str) -> None:
        self.remarks = (f"{line}; {REMEDY}",)

    def _key(self, distance: float) -> str:
        if self._content is None:
            self._content = content_digest(self._renderer.mesh)
        settings = (distance, self._config.viewpoints, self._config.resolution)
        described = repr((FORMAT, __version__, torch.__version__, *settings))
        return hashlib.sha256(self._content + described.encode()).hexdigest()

    def _write(self, cache: ArrayCache, key: str, views: DrawnViews) -> None:
        tensors = {field.name: getattr(views, field.name) for field in fields(views)}
        try:
            cache.write(key, {name: tensor.numpy() for name, tensor in tensors.items() if tensor is not None})
        except InputError as error:
            reason = getattr(error.__cause__, "strerror", None) or error
            self._remark(f"{cache.folder}: views of meshes cannot be kept there for the next run ({reason})")


def views_folder() -> Path:
    """Where views of meshes are kept."""
    return weights_folder() / "views"


def content_digest(mesh: TexturedMesh) -> bytes:
    """SHA-256 of all that a mesh on the CPU looks like."""
    digest = hashlib.sha256()
    arrays = [mesh.vertices, mesh.faces, mesh.uv, mesh.vertex_colors, mesh.face_texture, mesh.vertex_opacity]
    for texture in mesh.textures:
        digest.update(repr((texture.wrap_u, texture.wrap_v, texture.cutoff)).encode())
        arrays += [texture.texels, texture.opacity]
    for array in arrays:
        if array is None:
            digest.update(b"none")
        else:
            digest.update(repr((array.dtype, tuple(array.shape))).encode())
            digest.update(array.contiguous().numpy().data)
    return digest.digest()
