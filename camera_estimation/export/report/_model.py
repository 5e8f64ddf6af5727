"""A small copy of a mesh for the page's 3D view: few faces, small textures, numbers as base64."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from PIL import Image

from camera_estimation.export.report._pictures import encode_image
from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, Texture, TexturedMesh
from camera_estimation.search import simplify

FEWEST_FACES, MOST_FACES = 300, 6000
FACE_CHARACTERS = 24  # of base64 that a face with its share of vertices takes, roughly
TEXTURE_SHARE = 0.4  # of the room, for all textures together
SMALLEST_TEXTURE, LARGEST_TEXTURE = 16, 512  # pixels a side
TEXTURE_CHARACTERS = 0.25  # of base64 a texel takes, roughly
LEVELS = 65535  # to which positions are rounded, over the mesh's normalized frame from -1 to 1
WRAPS = {REPEAT: "repeat", MIRRORED_REPEAT: "mirror", CLAMP_TO_EDGE: "clamp"}


def mesh_copy(mesh: TexturedMesh, room: int) -> dict[str, Any]:
    """Values of JSON: the mesh in its normalized frame, and how that lies in the world.

    Args:
        mesh: Any.
        room: Characters of base64 that it should take; a mesh of many textures takes more.
    """
    faces = round((1 - TEXTURE_SHARE) * room / FACE_CHARACTERS)
    coarse = simplify(mesh, min(max(faces, FEWEST_FACES), MOST_FACES))
    vertices = coarse.vertices.double().cpu().numpy().clip(-1, 1)
    colors = (coarse.vertex_colors.cpu().numpy().clip(0, 1) * 255).round().astype(np.uint8)
    triangles, textures = coarse.faces.cpu().numpy(), coarse.face_texture.cpu().numpy()
    used = np.unique(textures)
    return {
        "center": mesh.center.tolist(),
        "radius": float(mesh.radius),
        "positions": _pack(((vertices + 1) * (LEVELS / 2)).round().astype("<u2")),
        "uv": _pack(coarse.uv.cpu().numpy().astype("<f4")),
        "colors": _pack(colors) if len(colors) and colors.min() < 255 else None,
        "parts": [
            {
                "indices": _pack(triangles[textures == index].astype("<u4")),
                **_texture_values(mesh.textures[index], round(TEXTURE_SHARE * room / len(used))),
            }
            for index in used
        ],
    }


def _texture_values(texture: Texture, room: int) -> dict[str, Any]:
    texels = texture.texels.cpu().numpy()
    if texture.opacity is not None and texture.cutoff > 0:
        texels = np.dstack([texels, texture.opacity.cpu().numpy()])
    side = min(max(round((room / TEXTURE_CHARACTERS) ** 0.5), SMALLEST_TEXTURE), LARGEST_TEXTURE)
    picture = Image.fromarray(texels)
    size = (min(picture.width, side), min(picture.height, side))
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return {
        "texture": encode_image(picture, max(room, SMALLEST_TEXTURE**2)),
        "wrap": [WRAPS[texture.wrap_u], WRAPS[texture.wrap_v]],
        "cutoff": texture.cutoff,
    }


def _pack(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
