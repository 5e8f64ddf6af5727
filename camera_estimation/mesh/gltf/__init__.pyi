from ._primitives import reason_to_skip as reason_to_skip
from .glb import (
    BINARY_CHUNK as BINARY_CHUNK,
    is_glb as is_glb,
    pack_chunk as pack_chunk,
    pack_glb as pack_glb,
    split_glb as split_glb,
)
from .scene import read_scene as read_scene
from .writing import mesh_glb as mesh_glb
