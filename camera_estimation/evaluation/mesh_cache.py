"""The meshes of an evaluation, each loaded when it is needed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

from camera_estimation.evaluation.pose_errors import EvaluatedMesh, load_evaluated_mesh, mesh_path_of
from camera_estimation.evaluation.symmetries import NONE, Symmetries, SymmetryFile

MESHES_KEPT = 3  # in memory: images of one mesh usually come together


class MeshCache:
    """Meshes of an evaluation with their symmetries: from the file; else, where ``find_symmetries``, by rendering; else
    none.

    Called with an entry of poses.json it gives the mesh of it; a few are kept in memory.

    Args:
        folder: Where meshes are that are not where the entries name them.
        symmetries: A file as ``SymmetryFile`` describes it.
        find_symmetries: Whether those of meshes that the file does not list are looked for by rendering.

    Attributes:
        found: By file name of the mesh, what rendering found.

    Raises:
        InputError: The file of symmetries, or a mesh, is not there or cannot be used.
    """

    def __init__(self, folder: Path | None, symmetries: Path | None = None, find_symmetries: bool = False) -> None:
        self.folder, self.find_symmetries = folder, find_symmetries
        self._file = SymmetryFile(symmetries) if symmetries else None
        self._meshes: OrderedDict[Path, EvaluatedMesh] = OrderedDict()
        self._symmetries: dict[Path, Symmetries] = {}
        self.found: dict[str, Symmetries] = {}

    def __call__(self, entry: dict[str, Any]) -> EvaluatedMesh:
        """The mesh of an entry of poses.json. Raises InputError if it is not there or cannot be used."""
        path = mesh_path_of(entry["mesh"], self.folder, entry["name"])
        if path not in self._meshes:
            while len(self._meshes) >= MESHES_KEPT:
                self._meshes.popitem(last=False)
            mesh = load_evaluated_mesh(path)
            if path not in self._symmetries:
                self._symmetries[path] = self._symmetries_of(path, mesh)
            self._meshes[path] = replace(mesh, symmetries=self._symmetries[path])
        self._meshes.move_to_end(path)
        return self._meshes[path]

    def _symmetries_of(self, path: Path, mesh: EvaluatedMesh) -> Symmetries:
        listed = self._file.find(path, mesh.center) if self._file else None
        if listed is not None or not self.find_symmetries:
            return listed or NONE
        from camera_estimation.evaluation.symmetries import find_symmetries

        symmetries = find_symmetries(mesh.renderer)
        if not symmetries.is_trivial:
            self.found[path.name] = symmetries
        return symmetries
