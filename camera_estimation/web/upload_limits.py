"""How much of uploads is taken."""

from __future__ import annotations

MOST_PICTURE_BYTES = 80_000_000
MOST_MESH_BYTES = 400_000_000
MOST_PIXELS = 64_000_000  # of a picture, as its file says before any is decoded; of all textures of a mesh together
MOST_ELEMENTS = 60_000_000  # that a mesh file says it has: vertices, indices, texture coordinates
