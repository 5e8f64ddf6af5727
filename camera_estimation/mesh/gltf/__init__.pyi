from .glb import is_glb as is_glb, pack_glb as pack_glb, split_glb as split_glb
from .scene import read_scene as read_scene
from .writing import mesh_glb as mesh_glb
