from ._srgb import linear_from_srgb as linear_from_srgb, srgb_from_linear as srgb_from_linear
from .bend import Bend as Bend, bend_mesh as bend_mesh, read_bend as read_bend, write_bend as write_bend
from .companions import list_companions as list_companions
from .loading import load_mesh as load_mesh
from .reader import (
    MeshReader as MeshReader,
    mesh_reader_registry as mesh_reader_registry,
    mesh_suffixes as mesh_suffixes,
)
from .scene import Scene as Scene
from .textured_mesh import (
    CLAMP_TO_EDGE as CLAMP_TO_EDGE,
    MIRRORED_REPEAT as MIRRORED_REPEAT,
    REPEAT as REPEAT,
    Texture as Texture,
    TexturedMesh as TexturedMesh,
)
