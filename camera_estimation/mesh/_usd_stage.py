"""OpenUSD stages, opened by usd-core (the extra ``usd``): meshes with the materials that are bound to them."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from camera_estimation.errors import InputError
from camera_estimation.io import bracket_depth, check_archive, read_content
from camera_estimation.mesh._file_frames import frame_remarks
from camera_estimation.mesh._named_files import REMEDY, is_inside, printable
from camera_estimation.mesh._parts import ALPHA_CUTOFF, Part, scene_of_parts
from camera_estimation.mesh._size_checks import check_mesh_size, check_nodes
from camera_estimation.mesh._srgb import srgb_from_linear
from camera_estimation.mesh._texture_building import plain_texture
from camera_estimation.mesh._usd_materials import PreviewLook, PreviewMaterials
from camera_estimation.mesh._usd_trial import try_stage
from camera_estimation.mesh.scene import Scene

USD_TEXTS = re.compile(
    r'"""(?s:.*?)"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\'[^\'\\\n]*(?:\\.[^\'\\\n]*)*\'|#[^\n]*|@[^@\n]*@'
)
TEXT_MAGIC, ARCHIVE_MAGIC = b"#usda", b"PK"
INSIDE_ARCHIVE = "["  # between the path of an archive and that of a file in it
UNSHOWN_PURPOSES = ("guide", "proxy")


def read_stage(path: Path) -> Scene:
    """Every mesh that is visible at the stage's first time, in its own frame and unit.

    Raises:
        InputError: usd-core is not installed, or the stage cannot be used.
    """
    try:
        from pxr import Tf, Usd, UsdGeom, UsdSkel
    except ImportError:
        raise InputError(
            f"{path}: OpenUSD is read by usd-core: pip install camera-estimation[usd]; or export the mesh as GLB"
        ) from None
    try:
        _look_through(path)
        stage = Usd.Stage.Open(os.fspath(path))
    except (Tf.ErrorException, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: is not a whole USD file; copy it or export the mesh as GLB") from error
    _refuse_other_folders(stage, path)
    remarks = frame_remarks(str(UsdGeom.GetStageUpAxis(stage)), UsdGeom.GetStageMetersPerUnit(stage))
    time = Usd.TimeCode(stage.GetStartTimeCode()) if stage.HasAuthoredTimeCodeRange() else Usd.TimeCode.Default()
    materials = PreviewMaterials(path, time, remarks.append)
    transforms = UsdGeom.XformCache(time)
    parts: list[Part] = []
    faces = 0
    prims = iter(Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies()))
    for number, prim in enumerate(prims, start=1):
        check_nodes(path, number)
        if prim.IsA(UsdGeom.PointInstancer):
            remarks.append("its point instancers are left out: export them as meshes")
            prims.PruneChildren()
        elif prim.IsA(UsdSkel.Root):
            remarks.append("its skinned meshes are drawn in the pose they were bound in")
        elif prim.IsA(UsdGeom.Mesh) and _is_shown(prim, time):
            own = list(_mesh_parts(prim, np.array(transforms.GetLocalToWorldTransform(prim)), time, materials))
            faces += sum(len(part.faces) for part in own)
            check_mesh_size(path, faces=faces)
            parts += own
        elif prim.IsA(UsdGeom.Gprim) and not prim.IsA(UsdGeom.Mesh) and _is_shown(prim, time):
            remarks.append(f"its {prim.GetTypeName()} {prim.GetPath()} is left out: only meshes are drawn")
    return scene_of_parts(parts, path, remarks)


def _look_through(path: Path) -> None:
    """Raises InputError for an archive or a text that is beyond the limits: the parser of texts calls itself."""
    with path.open("rb") as stream:
        magic = stream.read(len(TEXT_MAGIC))
    if magic.startswith(ARCHIVE_MAGIC):
        check_archive(path)
    if magic != TEXT_MAGIC:
        try_stage(path)
    else:
        text = read_content(path).decode("utf-8", errors="replace")
        check_nodes(path, 0, bracket_depth(USD_TEXTS.sub("", text)))


def _refuse_other_folders(stage: Any, path: Path) -> None:
    """Raises InputError if the stage is composed of files outside of the file's folder."""
    for layer in stage.GetUsedLayers():
        place = layer.realPath.partition(INSIDE_ARCHIVE)[0]
        if place and not is_inside(Path(place), path):
            raise InputError(
                f"{path}: is composed of {printable(place)}, outside of its folder; {REMEDY}, or allow such files with "
                "limits.outside_files in a TOML file"
            )


def _is_shown(prim: Any, time: Any) -> bool:
    from pxr import UsdGeom

    imageable = UsdGeom.Imageable(prim)
    return imageable.ComputeVisibility(time) != "invisible" and imageable.ComputePurpose() not in UNSHOWN_PURPOSES


def _mesh_parts(prim: Any, world: Float[np.ndarray, "4 4"], time: Any, materials: PreviewMaterials) -> Iterator[Part]:
    """One part of each material of a mesh; every triangle has corners of its own."""
    from pxr import UsdGeom

    mesh = UsdGeom.Mesh(prim)
    points = np.array(mesh.GetPointsAttr().Get(time) or np.zeros((0, 3)), dtype=np.float64).reshape(-1, 3)
    sizes = np.array(mesh.GetFaceVertexCountsAttr().Get(time) or [], dtype=np.int64)
    indices = np.array(mesh.GetFaceVertexIndicesAttr().Get(time) or [], dtype=np.int64)
    if sizes.sum() != len(indices) or (len(indices) and (indices.min() < 0 or indices.max() >= len(points))):
        raise ValueError(f"{prim.GetPath()} has faces that do not fit its points")
    corners, polygon = _triangulate(sizes)
    left_handed = mesh.GetOrientationAttr().Get(time) == UsdGeom.Tokens.leftHanded
    if left_handed != (np.linalg.det(world[:3, :3]) < 0):  # a mirrored one is turned inside out
        corners = corners[:, ::-1]
    points = points @ world[:3, :3] + world[3, :3]  # vectors are rows in USD
    reader = _PrimvarReader(prim, time, indices, corners, polygon)
    for look, chosen in _looks(prim, len(sizes), materials):
        own = chosen[polygon]
        if own.any():
            yield _look_part(points[indices[corners[own]]].reshape(-1, 3), reader, own, look)


def _look_part(
    vertices: Float[np.ndarray, "V 3"], reader: _PrimvarReader, own: Bool[np.ndarray, " F"], look: PreviewLook
) -> Part:
    faces = np.arange(len(vertices)).reshape(-1, 3)
    uv = reader.read(look.uv_name, own) if look.uv_name else None
    if look.texture is not None and (uv is not None or look.uv_name is None):
        return Part(vertices, faces, None if uv is None else look.transform_uv(uv), texture=look.texture)
    colors = reader.read("displayColor", own)
    if colors is None:
        return Part(vertices, faces)
    colors, alpha = srgb_from_linear(colors), reader.read("displayOpacity", own)
    if alpha is None or alpha.min() >= 1:
        return Part(vertices, faces, colors=colors)
    texture = plain_texture((255,) * 3, ALPHA_CUTOFF)
    return Part(vertices, faces, colors=np.column_stack([colors, alpha]), texture=texture)


def _triangulate(sizes: Int[np.ndarray, " P"]) -> tuple[Int[np.ndarray, "F 3"], Int[np.ndarray, " F"]]:
    """Corners (places in the list of face vertices) of triangles, as fans, and the polygon of each."""
    firsts = np.cumsum(sizes) - sizes
    corners, polygons = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes >= 3]):
        (chosen,) = np.nonzero(sizes == size)
        steps = np.arange(1, int(size) - 1)[:, None]
        first = np.broadcast_to(firsts[chosen], (len(steps), len(chosen)))
        corners.append(np.stack([first, first + steps, first + steps + 1], axis=-1).reshape(-1, 3))
        polygons.append(np.tile(chosen, len(steps)))
    return np.concatenate(corners), np.concatenate(polygons)


def _looks(prim: Any, count: int, materials: PreviewMaterials) -> Iterator[tuple[PreviewLook, Bool[np.ndarray, " P"]]]:
    """The looks of a mesh, and the polygons that have each."""
    from pxr import UsdShade

    binding = UsdShade.MaterialBindingAPI(prim)
    rest = np.ones(count, dtype=bool)
    for subset in binding.GetMaterialBindSubsets():
        chosen = np.zeros(count, dtype=bool)
        chosen[np.array(subset.GetIndicesAttr().Get() or [], dtype=np.int64)] = True
        material, _ = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()
        yield materials.look(material), chosen
        rest &= ~chosen
    material, _ = binding.ComputeBoundMaterial()
    yield materials.look(material), rest


class _PrimvarReader:
    """Values of a mesh's primvars at the corners of its triangles, however they are given."""

    def __init__(
        self,
        prim: Any,
        time: Any,
        indices: Int[np.ndarray, " C"],
        corners: Int[np.ndarray, "F 3"],
        polygon: Int[np.ndarray, " F"],
    ) -> None:
        from pxr import UsdGeom

        self._primvars, self._time = UsdGeom.PrimvarsAPI(prim), time
        self._places = {"vertex": indices[corners], "varying": indices[corners], "faceVarying": corners}
        self._places["uniform"] = polygon[:, None].repeat(3, axis=1)
        self._places["constant"] = np.zeros_like(corners)

    def read(self, name: str, own: Bool[np.ndarray, " F"]) -> Shaped[np.ndarray, "..."] | None:
        """One row a corner of the triangles ``own``, or one number; None where there is no such primvar."""
        primvar = self._primvars.FindPrimvarWithInheritance(name)
        if not primvar or not primvar.HasValue():
            return None
        values = np.array(primvar.ComputeFlattened(self._time), dtype=np.float64)
        return values[self._places[str(primvar.GetInterpolation())][own]].reshape(-1, *values.shape[1:])
