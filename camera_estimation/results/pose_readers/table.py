"""The reader of ``camera-export``'s table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.dataset import KnownCamera
    from camera_estimation.results.file_pose import FilePose

CENTER, QUATERNION = ("center_x", "center_y", "center_z"), ("qx", "qy", "qz", "qw")
INTRINSICS, SIZE = ("fx", "fy", "cx", "cy"), ("width", "height")
COLUMNS = {"name", *CENTER, *QUATERNION, *INTRINSICS, *SIZE}


@pose_reader_registry.register("table")
class TableReader(PoseReader):
    """Of camera to world, with OpenCV's axes and in the mesh's world."""

    description = "cameras.csv of camera-export"
    suffixes = (".csv",)
    file_names = ("cameras.csv",)

    def recognizes(self, file: Path) -> bool:
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                return set(next(csv.reader(stream), [])) >= COLUMNS
        except (OSError, UnicodeDecodeError, csv.Error):
            return False

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.io import plain_cell, read_table, table_records
        from camera_estimation.results.file_pose import FilePose

        found = []
        _, rows = table_records(read_table(file, "cameras"), file)
        for number, row in enumerate(rows, start=2):
            where = f"{file}: line {number}"
            found.append(
                FilePose(
                    _pose_of_row(row, where),
                    where,
                    sample=plain_cell(row["name"] or ""),
                    image=file.parent / plain_cell(row["image"]) if row.get("image") else None,
                    mesh=plain_cell(row["mesh"]) if row.get("mesh") else None,
                    known=_camera_of_row(row, where),
                )
            )
        return found


def _numbers_of_row(row: Mapping[str, Any], names: tuple[str, ...], where: str) -> list[float]:
    values = []
    for name in names:
        try:
            values.append(float(row[name]))
        except (TypeError, ValueError):
            raise InputError(f"{where} has no usable number {name}; export the cameras again") from None
    return values


def _pose_of_row(row: Mapping[str, Any], where: str) -> Float[Tensor, "4 4"]:
    from camera_estimation.results.file_pose import pose_of_quaternion

    return pose_of_quaternion(_numbers_of_row(row, CENTER, where), _numbers_of_row(row, QUATERNION, where), where)


def _camera_of_row(row: Mapping[str, Any], where: str) -> KnownCamera:
    from camera_estimation.dataset import KnownCamera, check_intrinsics, check_size
    from camera_estimation.geometry import COEFFICIENT_NAMES, Distortion

    intrinsics = check_intrinsics(dict(zip(INTRINSICS, _numbers_of_row(row, INTRINSICS, where), strict=True)), where)
    model, distortion = row.get("distortion"), None
    if model:
        if model not in COEFFICIENT_NAMES:
            raise InputError(f"{where} has the distortion {model}; {', '.join(COEFFICIENT_NAMES)} are known")
        given = tuple(name for name in COEFFICIENT_NAMES[model] if row.get(name))
        distortion = Distortion.of(model, dict(zip(given, _numbers_of_row(row, given, where), strict=True)))
    width, height = _numbers_of_row(row, SIZE, where)
    return KnownCamera(intrinsics, distortion, check_size(width, height, where), where)
