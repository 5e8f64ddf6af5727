"""Meshes as tensors, and their readers.

textured_mesh   the type
reader          what a mesh reader is, and the registry; ``readers/`` has them, a file each
scene           what readers return: a soup of triangles, and what of it can be seen
loading         the mesh of a file
gltf/           binary glTF: container, accessors, nodes, primitives, materials, scene, and writing
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
