"""The maps of an image by their names. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable

from camera_estimation.errors import InputError

# What each holds, in the words of the files' metadata.
MAP_KINDS = {
    "depth": "along the camera's axis, in the units of the mesh; 0: nothing",
    "normals": "unit normal of the triangle, on the side that is seen",
    "xyz": "point of the surface in the mesh's world coordinates, in its units",
    "uv": "texture coordinates as in glTF: (0, 0) is the first texel of the first row",
    "face": "index of the triangle in mesh.npz; -1: nothing",
    "visibility": "of each texel the pixel u, v of the image that shows it (the first pixel's center is 0.5, 0.5), and "
    "the cosine between normal and line of sight",
}
ALL_KINDS = "all"
MESH_NAME = "mesh.npz"  # the triangles that faces are indices of
MAP_FORMATS = ("exr", "npy", "png")
CAMERA, WORLD = "camera", "world"  # axes of normals: OpenCV's (x right, y down, z forward), or those of xyz


def choose_kinds(words: Iterable[str]) -> tuple[str, ...]:
    """Kinds of maps by their names, or all of them.

    Raises:
        InputError: There is none of that name, or no name.
    """
    chosen = [word for word in words if word]
    unknown = [word for word in chosen if word not in (*MAP_KINDS, ALL_KINDS)]
    if unknown or not chosen:
        known = ", ".join((*MAP_KINDS, ALL_KINDS))
        raise InputError(f"maps: {f'there is no map {unknown[0]!r}' if unknown else 'none is named'}; known: {known}")
    return tuple(kind for kind in MAP_KINDS if kind in chosen or ALL_KINDS in chosen)
