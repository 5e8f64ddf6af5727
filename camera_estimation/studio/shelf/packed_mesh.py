"""A mesh as the page draws it: one piece of bytes, a description as JSON before arrays and encoded textures."""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from camera_estimation.mesh import Texture, TexturedMesh

MOST_FACES = 400_000  # a denser mesh is drawn as a copy of about this many
LARGEST_TEXTURE = 4096  # pixels a side: what every browser draws
ALIGNMENT = 4  # bytes, at whose multiples arrays begin


def mesh_packet(mesh: TexturedMesh, most_faces: int = MOST_FACES) -> bytes:
    """The mesh in its normalized frame, and how that lies in the world.

    Args:
        mesh: Any, on any device.
        most_faces: A denser mesh is simplified to about so many.

    Returns:
        The length of the description (32 bits, little endian), the description, then what it names by ``offset`` and
        ``length`` after it.
    """
    shown = mesh
    if len(mesh.faces) > most_faces:
        from camera_estimation.search import simplify

        shown = simplify(mesh, most_faces)
    blocks = _Blocks()
    faces, which = shown.faces.cpu().numpy(), shown.face_texture.cpu().numpy()
    colors = (shown.vertex_colors.cpu().numpy().clip(0, 1) * 255).round().astype(np.uint8)
    plain = not len(colors) or colors.min() == 255
    described = {
        "center": mesh.center.tolist(),
        "radius": float(mesh.radius),
        "faces": len(mesh.faces),
        "shown_faces": len(shown.faces),
        "positions": blocks.add(shown.vertices.cpu().numpy().astype("<f4")),
        "uv": blocks.add(shown.uv.cpu().numpy().astype("<f4")),
        "colors": None if plain else blocks.add(colors),
        "parts": [
            {
                "indices": blocks.add(faces[which == index].astype("<u4")),
                **_texture(mesh.textures[index], blocks),
            }
            for index in np.unique(which)
        ],
    }
    head = json.dumps(described).encode("ascii")
    head += b" " * (-(len(head) + struct.calcsize("<I")) % ALIGNMENT)
    return struct.pack("<I", len(head)) + head + blocks.content


class _Blocks:
    """Bytes one after the other, each at a multiple of ``ALIGNMENT``."""

    def __init__(self) -> None:
        self._parts = io.BytesIO()

    @property
    def content(self) -> bytes:
        return self._parts.getvalue()

    def add(self, values: np.ndarray | bytes) -> dict[str, int]:
        raw = values if isinstance(values, bytes) else np.ascontiguousarray(values).tobytes()
        offset = self._parts.tell()
        self._parts.write(raw + b"\0" * (-len(raw) % ALIGNMENT))
        return {"offset": offset, "length": len(raw)}


def _texture(texture: Texture, blocks: _Blocks) -> dict[str, Any]:
    from PIL import Image

    texels = texture.texels.cpu().numpy()
    if texture.opacity is not None and texture.cutoff > 0:
        texels = np.dstack([texels, texture.opacity.cpu().numpy()])
    picture = Image.fromarray(texels)
    if max(picture.size) > LARGEST_TEXTURE:
        share = LARGEST_TEXTURE / max(picture.size)
        width, height = (max(1, round(side * share)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=1)
    return {
        "texture": blocks.add(encoded.getvalue()),
        "wrap": [texture.wrap_u, texture.wrap_v],
        "cutoff": texture.cutoff,
    }
