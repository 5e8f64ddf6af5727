from .mesh_shelf import MeshShelf as MeshShelf, ShelvedMesh as ShelvedMesh
from .workspace import Workspace as Workspace, default_folder as default_folder
