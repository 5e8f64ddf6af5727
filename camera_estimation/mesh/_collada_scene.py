"""COLLADA scenes, parsed by pycollada (the extra ``meshes``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.errors import InputError
from camera_estimation.io import look_through_xml
from camera_estimation.mesh._file_frames import frame_remarks
from camera_estimation.mesh._part_counts import count_paths
from camera_estimation.mesh._parts import ALPHA_CUTOFF, Part, scene_of_parts
from camera_estimation.mesh._picture_textures import read_named_picture
from camera_estimation.mesh._size_checks import check_mesh_size, check_nodes
from camera_estimation.mesh._srgb import srgb_levels
from camera_estimation.mesh._texture_building import build_texture, plain_texture
from camera_estimation.mesh.scene import Scene
from camera_estimation.mesh.textured_mesh import Texture


def read_collada(path: Path) -> Scene:
    """Every geometry of the scene where its nodes put it, in the file's own frame.

    Raises:
        InputError: pycollada is not installed, or the file cannot be used.
    """
    try:
        import collada
    except ImportError:
        raise InputError(
            f"{path}: COLLADA is read by pycollada: pip install camera-estimation[meshes]; or export the mesh as GLB"
        ) from None
    with path.open("rb") as stream:
        look_through_xml(stream, path)
    document = collada.Collada(os.fspath(path), ignore=[collada.common.DaeError])
    info = document.assetInfo
    remarks = frame_remarks((info.upaxis or "Y_UP")[0], info.unitmeter)
    textures = _Textures(path, remarks)
    _check_instances(document, path)
    parts: list[Part] = []
    faces = 0
    for geometry in _geometries(document, remarks):
        for primitive in geometry.primitives():
            part = _primitive_part(primitive, textures)
            if part is not None:
                parts.append(part)
                faces += len(part.faces)
                check_mesh_size(path, faces=faces)
            else:
                remarks.append("its lines are left out")
    return scene_of_parts(parts, path, remarks)


def _check_instances(document: Any, path: Path) -> None:
    """Raises InputError if nodes that are shown in other nodes are too many, and ValueError if one is in itself."""
    inner: dict[str, list[str]] = {}
    waiting = [] if document.scene is None else list(document.scene.nodes)
    inner["scene"] = [str(id(node)) for node in waiting]
    while waiting:
        node = waiting.pop()
        if str(id(node)) in inner:
            continue
        below = [node.node] if hasattr(node, "node") else list(getattr(node, "children", ()))
        inner[str(id(node))] = [str(id(child)) for child in below]
        waiting += below
    check_nodes(path, count_paths(inner, "scene"))


def _geometries(document: Any, remarks: list[str]) -> Iterator[Any]:
    """Where the nodes of the scene put them."""
    if document.scene is None:
        return
    yield from document.scene.objects("geometry")
    for controller in document.scene.objects("controller"):
        if hasattr(controller, "geometry"):
            remarks.append("its skinned meshes are drawn in the pose they were bound in")
            yield controller.geometry
        else:
            remarks.append("its morphed meshes are left out: export the mesh as GLB to have them")


class _Textures:
    """Of the effects of materials, each made once."""

    def __init__(self, path: Path, remarks: list[str]) -> None:
        self._path, self._remarks = path, remarks
        self._made: dict[int, Texture | None] = {}

    def of_material(self, material: Any) -> Texture | None:
        effect = getattr(material, "effect", None)
        if id(effect) not in self._made:
            self._made[id(effect)] = None if effect is None else self._build(effect)
        return self._made[id(effect)]

    def _build(self, effect: Any) -> Texture | None:
        color = effect.diffuse if effect.diffuse is not None else effect.emission
        alpha = _surface_alpha(effect)
        cutoff = ALPHA_CUTOFF / max(alpha, 1e-6) if alpha < 1 else 0.0
        if color is None:
            return None
        if not hasattr(color, "sampler"):
            return plain_texture(tuple(int(level) for level in srgb_levels(np.array(color[:3]))), cutoff)
        name = color.sampler.surface.image.path
        picture = read_named_picture(name, self._path, self._remarks.append)
        # Alpha of the picture counts where the file says that the same picture makes the surface transparent.
        see_through = hasattr(effect.transparent, "sampler")
        opacity = picture[..., 3] if see_through else None
        return build_texture(picture[..., :3], opacity, cutoff or (ALPHA_CUTOFF if see_through else 0.0))


def _surface_alpha(effect: Any) -> float:
    """Opacity of a whole surface, by the usual mode A_ONE; zero counts as not said, for exporters disagree about it."""
    transparency = effect.transparency
    if isinstance(transparency, (int, float)) and transparency > 0:
        return float(transparency)
    return 1.0


def _primitive_part(primitive: Any, textures: _Textures) -> Part | None:
    """Triangles with corners of their own; None for lines."""
    if hasattr(primitive, "triangleset"):
        primitive = primitive.triangleset()
    index = primitive.vertex_index
    if index is None or index.ndim != 2 or index.shape[1] != 3:
        return None
    count = 3 * len(index)
    uv = colors = None
    if len(primitive.texcoordset):
        uv = primitive.texcoordset[0][primitive.texcoord_indexset[0]].reshape(count, -1)[:, :2]
    sources = (primitive.original if hasattr(primitive, "original") else primitive).sources
    if sources.get("COLOR"):
        offset, source = sources["COLOR"][0][0], sources["COLOR"][0][4]
        indices = primitive.index[:, :, offset]
        colors = np.asarray(source.data)[indices].reshape(count, -1)
    texture = textures.of_material(primitive.material)
    faces = np.arange(count).reshape(-1, 3)
    return Part(primitive.vertex[index].reshape(-1, 3), faces, uv, colors, texture)
