"""Meshes as tensors, and their readers.

textured_mesh   the type
reader          what a mesh reader is, and the registry; ``readers/`` has them, a file each
scene           what readers return: a soup of triangles, and what of it can be seen
loading         the mesh of a file
opacity         which triangles are transparent, and which are cut out
strays          crumbs far from the object
gltf/           glTF: container, accessors, nodes, primitives, materials, scene, and writing

What other formats hold, as ``parts`` with one texture each: ``wavefront``, ``wavefront_materials``, ``collada_scene``,
``usd_stage``, ``usd_materials``, ``trimesh_parts``; ``file_frames`` tells their axes and units. Textures from pictures
of any size and format, in or beside the file: ``texture_building``, ``texture_pictures``, ``picture_textures``,
``named_files``, ``srgb``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
