"""The reader of BOP's annotations and results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from camera_estimation.dataset import BopPose, BopRow, BopTable, KnownCamera
    from camera_estimation.results.file_pose import FilePose

POSE_NAME, CAMERA_NAME, TABLE_NAME = "scene_gt.json", "scene_camera.json", "ids.csv"


@pose_reader_registry.register("bop")
class BopReader(PoseReader):
    """Of a scene's scene_gt.json with scene_camera.json, of all scenes below a table of numbers, or of results.

    The table says how many millimeters a unit of the meshes is, without which nothing can be said, and which images and
    meshes the numbers mean; where it does not, they are called as BOP calls them.
    """

    description = "scene_gt.json or results (CSV) of BOP, with ids.csv beside or above"
    suffixes = (".json", ".csv")
    file_names = (POSE_NAME, TABLE_NAME)

    def recognizes(self, file: Path) -> bool:
        from camera_estimation.dataset import is_bop_results

        if file.suffix.lower() == ".json":
            return file.name == POSE_NAME
        return bool(_scene_files(file)) if file.name == TABLE_NAME else is_bop_results(file)

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.dataset import find_bop_table, read_bop_results

        table = find_bop_table(file)
        if table is None:
            raise InputError(
                f"{file}: does not say how many millimeters a unit of the meshes is; put {TABLE_NAME} beside it or "
                "above, with the column mm_per_unit (1 for BOP's own models), and sample, image, mesh, scene_id, "
                "im_id, obj_id where names are not BOP's"
            )
        if file.suffix.lower() == ".csv" and file.name != TABLE_NAME:
            return [
                pose for scene, poses in _by_scene(read_bop_results(file)) for pose in _name_poses(poses, scene, table)
            ]
        files = _scene_files(file) if file.name == TABLE_NAME else [file]
        return [pose for scene_file in files for pose in _read_scene(scene_file, table)]


def _scene_files(table: Path) -> list[Path]:
    return sorted(table.parent.glob(f"*/*/{POSE_NAME}"))


def _by_scene(poses: Sequence[BopPose]) -> Iterator[tuple[int | None, list[BopPose]]]:
    for scene in dict.fromkeys(pose.scene for pose in poses):
        yield scene, [pose for pose in poses if pose.scene == scene]


def _read_scene(file: Path, table: BopTable) -> list[FilePose]:
    from camera_estimation.dataset import bop_scene_number, read_bop_scene

    return _name_poses(read_bop_scene(file), bop_scene_number(file), table, file.with_name(CAMERA_NAME))


def _name_poses(
    poses: Sequence[BopPose], scene: int | None, table: BopTable, camera_file: Path | None = None
) -> list[FilePose]:
    """The poses of a scene as those of pictures and meshes. Of several of an object in an image, all if the table has a
    row for each, in its order; of others the best."""
    cameras = _read_cameras(scene, table, camera_file)
    groups: dict[tuple[int, int], list[BopPose]] = {}
    for pose in poses:
        groups.setdefault((pose.image, pose.object), []).append(pose)
    found = []
    for (image, item), group in groups.items():
        rows = table.rows_with(scene, image, item)
        named = [row for row in rows if row.sample]
        if len(named) == len(group) > 1:
            pairs: list[tuple[BopPose, BopRow | None]] = list(zip(group, named, strict=True))
        else:
            best = [max(group, key=lambda pose: pose.score)] if group[0].scene is not None else group
            pairs = [(pose, named[0] if len(named) == len(best) == 1 else None) for pose in best]
        found += [_name_pose(pose, rows, row, table, cameras.get(image)) for pose, row in pairs]
    return found


def _name_pose(
    pose: BopPose, rows: Sequence[BopRow], own: BopRow | None, table: BopTable, known: KnownCamera | None
) -> FilePose:
    """One pose.

    Args:
        pose: As the file has it.
        rows: Of the table, about its image or its object.
        own: That of its sample.
        table: Of all.
        known: Its intrinsics.
    """
    from camera_estimation.dataset import bop_picture_name
    from camera_estimation.results.file_pose import FilePose
    from camera_estimation.results.plain_values import rigid_matrix

    rows = rows if own is None else [own]
    image = next((row.image for row in rows if row.image), "")
    mesh = next((row.mesh for row in rows if row.mesh), f"obj_{pose.object:06d}")
    unit = next((row.numbers["mm_per_unit"] for row in rows if "mm_per_unit" in row.numbers), table.unit)
    if unit is None:
        raise InputError(f"{table.path}: does not say mm_per_unit of the mesh {mesh}; add it")
    rotation, translation = pose.rotation, [value / unit for value in pose.translation]
    values = [[*rotation[3 * row : 3 * row + 3], translation[row]] for row in range(3)]
    return FilePose(
        rigid_matrix(values, pose.where, "R"),
        pose.where,
        sample=own.sample if own is not None else None,
        image=table.place(image) if image else Path(bop_picture_name(pose.image)),
        mesh=mesh,
        known=known,
    )


def _read_cameras(scene: int | None, table: BopTable, file: Path | None) -> dict[int, KnownCamera]:
    """Of a scene: those beside its poses; of results those below the table, if there are any."""
    from camera_estimation.dataset import parse_bop_cameras
    from camera_estimation.io import read_json

    if file is None and scene is not None:
        file = next(iter(sorted(table.path.parent.glob(f"*/{scene:06d}/{CAMERA_NAME}"))), None)
    return {} if file is None or not file.is_file() else parse_bop_cameras(read_json(file), file)
