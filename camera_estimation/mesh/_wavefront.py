"""Wavefront OBJ files: geometry with texture coordinates, materials and colors of vertices.

They are read here, not by trimesh, which fails on relative indices and passes over textures that are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.errors import InputError
from camera_estimation.io import read_content
from camera_estimation.mesh._named_files import find_named_file
from camera_estimation.mesh._parts import Part, scene_of_parts
from camera_estimation.mesh._size_checks import check_mesh_size
from camera_estimation.mesh._wavefront_materials import MaterialLibrary
from camera_estimation.mesh.scene import Scene
from camera_estimation.mesh.textured_mesh import Texture

NO_SURFACE = {"l": "lines", "p": "points", "curv": "curves", "surf": "free-form surfaces", "curv2": "curves"}
GREATEST_LEVEL = 255.0  # of programs that write colors of vertices in bytes


@dataclass
class _Run:
    """Faces that follow each other, of one material; how many vertices there were before, for relative indices."""

    material: str | None
    vertices: int
    uv: int
    faces: list[str] = field(default_factory=list)


@dataclass
class _Content:
    """What an OBJ file lists."""

    vertices: list[str] = field(default_factory=list)
    uv: list[str] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)


def read_obj(path: Path) -> Scene:
    """Every face of the file, in its own frame; raises InputError for files that cannot be used."""
    content = _list_content(path)
    remarks = [f"its {what} are left out" for what in content.left_out]
    corners_of_faces = sum(len(face.split()) for run in content.runs for face in run.faces)
    check_mesh_size(path, len(content.vertices), corners_of_faces - 2 * sum(len(run.faces) for run in content.runs))
    vertices, colors = _split_vertices(content.vertices)
    uv = _table(content.uv, 2)
    materials = MaterialLibrary(remarks.append)
    for name in content.libraries:
        try:
            materials.read(find_named_file(name, path, "material library", remarks.append))
        except InputError:
            remarks.append(f"its material library {name} is missing")
    runs: dict[str | None, list[_Run]] = {}
    for run in content.runs:
        runs.setdefault(run.material, []).append(run)
    parts = []
    for material, own in runs.items():
        corners = np.concatenate([triangles for run in own for triangles in _triangles(run, path)])
        colored = colors is not None
        texture = None if material is None else materials.texture(material, colored)
        parts.append(_material_part(corners, vertices, uv, colors, texture, path))
    return scene_of_parts(parts, path, remarks)


def _list_content(path: Path) -> _Content:
    content = _Content()
    material: str | None = None
    run: _Run | None = None
    for line in _logical_lines(path):
        word, _, rest = line.partition(" ")
        if word == "f":
            if run is None:
                run = _Run(material, len(content.vertices), len(content.uv))
                content.runs.append(run)
            run.faces.append(rest)
        elif word == "v":
            content.vertices.append(rest)
            run = None
        elif word == "vt":
            content.uv.append(rest)
            run = None
        elif word == "usemtl":
            material, run = rest.strip(), None
        elif word == "mtllib":
            content.libraries.append(rest.strip())
        elif word in NO_SURFACE:
            content.left_out[NO_SURFACE[word]] = None
    return content


def _logical_lines(path: Path) -> Iterator[str]:
    """Lines without comments, with single spaces at their first word; those that end in a backslash go on."""
    text = read_content(path).decode("utf-8", errors="replace").replace("\\\r\n", " ").replace("\\\n", " ")
    for line in text.splitlines():
        line = line.strip().replace("\t", " ")
        if line and not line.startswith("#"):
            yield line


def _table(rows: list[str], columns: int) -> Float[np.ndarray, "N C"]:
    """The first numbers of every row; what a row lacks is zero."""
    numbers = np.array(" ".join(rows).split(), dtype=np.float64)
    if rows and numbers.size % len(rows) == 0 and numbers.size >= columns * len(rows):
        width = numbers.size // len(rows)
        if all(len(row.split()) == width for row in rows):
            return numbers.reshape(len(rows), width)
    table = np.zeros((len(rows), columns))
    for number, row in enumerate(rows):
        values = [float(value) for value in row.split()[:columns]]
        table[number, : len(values)] = values
    return table


def _split_vertices(rows: list[str]) -> tuple[Float[np.ndarray, "V 3"], Float[np.ndarray, "V 3"] | None]:
    """Positions, and colors where every vertex has some behind them."""
    table = _table(rows, 3)
    if table.shape[1] < 6:
        return table[:, :3], None
    colors = table[:, 3:6]
    return table[:, :3], colors / GREATEST_LEVEL if colors.max(initial=0.0) > 1 else colors


def _triangles(run: _Run, path: Path) -> Iterator[Int[np.ndarray, "F 3 2"]]:
    """Vertex and texture coordinate of the corners, from 0, -1: none; polygons as fans around their first corner."""
    sizes = np.array([len(face.split()) for face in run.faces])
    corners = _corners(" ".join(run.faces).split(), path)
    for column, count in enumerate((run.vertices, run.uv)):
        indices = corners[:, column]
        corners[:, column] = np.where(indices > 0, indices - 1, np.where(indices < 0, indices + count, -1))
    firsts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes >= 3]):
        polygons = corners[firsts[sizes == size][:, None] + np.arange(size)]
        first = np.broadcast_to(polygons[:, :1], polygons[:, 1:-1].shape)
        fans = np.stack([first, polygons[:, 1:-1], polygons[:, 2:]], axis=2)
        yield fans.swapaxes(0, 1).reshape(-1, 3, 2)
    yield np.zeros((0, 3, 2), dtype=np.int64)


def _corners(words: list[str], path: Path) -> Int[np.ndarray, "N 2"]:
    """Of "7/3/5" the first two numbers, as they are written; 0 where there is none."""
    joined = " ".join(words)
    slashes = words[0].count("/") if words else 0
    try:
        numbers = np.array(joined.replace("//", "/0/").replace("/", " ").split(), dtype=np.int64)
        if joined.count("/") == slashes * len(words) and numbers.size == (slashes + 1) * len(words):
            table = numbers.reshape(len(words), slashes + 1)
        else:  # corners are written in different ways
            split = [f"{word}/0".replace("//", "/0/").split("/")[:2] for word in words]
            table = np.array(split, dtype=np.int64)
    except ValueError as error:
        raise InputError(f"{path}: has a face whose indices are not whole numbers; export the mesh again") from error
    return table[:, :2] if slashes else np.column_stack([table[:, 0], np.zeros(len(table), np.int64)])


def _material_part(
    corners: Int[np.ndarray, "F 3 2"],
    vertices: Float[np.ndarray, "V 3"],
    uv: Float[np.ndarray, "T C"],
    colors: Float[np.ndarray, "V 3"] | None,
    texture: Texture | None,
    path: Path,
) -> Part:
    """Triangles with a vertex for each pair of position and texture coordinate."""
    flat = corners.reshape(-1, 2)
    wrong = flat[(flat[:, 0] < 0) | (flat[:, 0] >= len(vertices)) | (flat[:, 1] >= len(uv)) | (flat[:, 1] < -1)]
    if len(wrong):
        raise InputError(
            f"{path}: a face names vertex {wrong[0, 0] + 1} of {len(vertices)} and texture coordinate "
            f"{wrong[0, 1] + 1} of {len(uv)}; repair the mesh or export it again"
        )
    keys, inverse = np.unique(flat[:, 0] * (len(uv) + 1) + flat[:, 1] + 1, return_inverse=True)
    place, coordinate = keys // (len(uv) + 1), keys % (len(uv) + 1) - 1
    own_uv = None
    if len(uv) and (coordinate >= 0).any():
        own_uv = np.where(coordinate[:, None] >= 0, uv[coordinate, :2], 0.0)
    own_colors = None if colors is None else colors[place]
    return Part(vertices[place], inverse.reshape(-1, 3), own_uv, own_colors, texture)
