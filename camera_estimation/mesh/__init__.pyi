from .textured_mesh import (
    CLAMP_TO_EDGE as CLAMP_TO_EDGE,
    MIRRORED_REPEAT as MIRRORED_REPEAT,
    Texture as Texture,
    TexturedMesh as TexturedMesh,
    load_mesh as load_mesh,
)
