"""joint.json: what images that were estimated together have in common, mesh by mesh."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.io import input_path, json_text, read_json, write_text
from camera_estimation.results.entry_paths import entry_from_file, entry_in_file

if TYPE_CHECKING:
    from camera_estimation.dataset import Sample
    from camera_estimation.estimation import JointSolution

JOINT_NAME = "joint.json"
FORMAT, VERSION = "camera-estimation/joint", 1
MEANING = {
    "images": "by the name that poses.json has. counted: true if the image moved what is shared, false if it fitted "
    "far worse than the others or was estimated afterwards with what these share",
    "deformation": "root-mean-square displacement of the mesh's surface in all images, as a share of its radius; 0: "
    "the mesh as it is",
    "coefficients": "of the deformation's modes, in standard deviations; null: the mesh as it is",
    "focal_lengths": "those that were estimated: the vertical field of view of the full images and its standard "
    "deviation, in degrees, and the images that have it in common",
}
Group = dict[str, Any]


class JointFile:
    """joint.json of one output folder, complete and valid after every change; absent where it says nothing.

    Args:
        folder: Where it is.

    Raises:
        InputError: There is one that is none of this program's.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOINT_NAME
        self._groups = {input_path(group["mesh"]).resolve(): group for group in self._read()}

    @property
    def groups(self) -> Sequence[Group]:
        """Of all meshes, with paths that work from here."""
        return list(self._groups.values())

    def has(self, samples: Sequence[Sample]) -> bool:
        """Whether these samples of one mesh, and no others, were estimated together."""
        group = self._groups.get(samples[0].mesh_path.resolve())
        return group is not None and set(group["images"]) == {sample.name for sample in samples}

    def put(self, group: Group) -> None:
        """Add what images of a mesh share, in place of what the file says of that mesh."""
        self._groups[input_path(group["mesh"]).resolve()] = group
        self._write()

    def forget(self, names: Collection[str]) -> None:
        """Take away what the file says of groups of which one of these samples is estimated anew."""
        staying = {mesh: group for mesh, group in self._groups.items() if not set(group["images"]) & set(names)}
        if len(staying) < len(self._groups):
            self._groups = staying
            self._write()

    def _read(self) -> list[Group]:
        if not self.path.exists():
            return []
        tree = read_json(self.path)
        if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
            raise InputError(f"{self.path}: is not a file of {FORMAT}, version {VERSION}; delete it")
        groups = tree.get("groups")
        if not isinstance(groups, list) or not all(_is_group(group) for group in groups):
            raise InputError(f"{self.path}: has no list of groups with a mesh and images; delete it")
        return [entry_from_file(group, self.path.parent) for group in groups]

    def _write(self) -> None:
        if not self._groups:
            self.path.unlink(missing_ok=True)
            return
        groups = [entry_in_file(group, self.path.parent) for group in self._groups.values()]
        tree = {"format": FORMAT, "version": VERSION, "conventions": MEANING, "groups": groups}
        write_text(self.path, json_text(tree) + "\n")


def joint_group(samples: Sequence[Sample], members: Sequence[Sample], solution: JointSolution) -> Group:
    """What joint.json says of one mesh.

    Args:
        samples: All of its samples that were estimated.
        members: Those that were solved together, in the order of the solution.
        solution: What they share.
    """
    counted = {sample.name for sample, took_part in zip(members, solution.took_part, strict=True) if took_part}
    return {
        "mesh": samples[0].mesh_path.as_posix(),
        "images": {sample.name: {"counted": sample.name in counted} for sample in samples},
        "deformation": solution.deformation,
        "coefficients": None if solution.coefficients is None else solution.coefficients.tolist(),
        "focal_lengths": [
            {
                "fov_deg": math.degrees(focal.fov),
                "fov_deviation_deg": math.degrees(focal.deviation),
                "images": [members[place].name for place in focal.images],
            }
            for focal in solution.focal_lengths
        ],
    }


def _is_group(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("mesh"), str) and isinstance(value.get("images"), dict)
