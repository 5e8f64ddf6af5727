"""The exporter of trajectories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import split_frame_path, write_text

FILE_NAME = "trajectory.txt"
HEAD = "# timestamp tx ty tz qx qy qz qw\n"
NAME_MARK = "# sample "  # before a pose's line: trajectory tools pass over comments


@exporter_registry.register("tum")
class TUMExporter(Exporter):
    """Camera to world, a line a camera in the order of time: seconds of a video's frame, else the number of the image.
    Every video has its own time, and so its own file."""

    description = "trajectory.txt of the TUM benchmark: timestamp tx ty tz qx qy qz qw, for evo and other tools"
    one_mesh = True

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        paths = []
        for name, group in _trajectories(images).items():
            write_text(folder / name, HEAD + "".join(_trajectory_lines(group)))
            paths.append(folder / name)
        return paths


def _trajectories(images: Sequence[PosedImage]) -> dict[str, list[tuple[float, PosedImage]]]:
    """Images with their times, by the name of the file."""
    groups: dict[Path | None, list[tuple[float, PosedImage]]] = {}
    for image in images:
        place, time = split_frame_path(image.image_path), image.entry.get("time_s")
        group = groups.setdefault(None if time is None or place is None else place[0], [])
        group.append((float(len(group)) if time is None else float(time), image))
    timed = {video: sorted(group, key=lambda item: item[0]) for video, group in groups.items()}
    if len(timed) == 1:
        return {FILE_NAME: next(iter(timed.values()))}
    named: dict[str, list[tuple[float, PosedImage]]] = {}
    for video, group in timed.items():
        stem, number = (Path(FILE_NAME).stem if video is None else video.stem), 1
        while (name := f"{stem}.txt" if number == 1 else f"{stem}_{number}.txt") in named:
            number += 1
        named[name] = group
    return named


def _trajectory_lines(group: Sequence[tuple[float, PosedImage]]) -> list[str]:
    from scipy.spatial.transform import Rotation

    from camera_estimation.export._camera_arrays import camera_to_world

    lines = []
    for time, image in group:
        pose = camera_to_world(image)
        quaternion = Rotation.from_matrix(pose[:3, :3]).as_quat(canonical=True)
        numbers = " ".join(repr(float(value)) for value in (*pose[:3, 3], *quaternion))
        lines.append(f"{NAME_MARK}{image.name}\n{time:.6f} {numbers}\n")
    return lines
