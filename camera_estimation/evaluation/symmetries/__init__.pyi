from .group import NONE as NONE, Axis as Axis, Symmetries as Symmetries, group_of as group_of
from .symmetry_file import SymmetryFile as SymmetryFile, write_symmetries as write_symmetries
from .symmetry_search import find_symmetries as find_symmetries
