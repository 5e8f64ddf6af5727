from .canonical_mesh import canonical_glb as canonical_glb
