"""Which files belong to an image, by its name. Nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.io import find_named_files, input_path

KEYPOINT_SUFFIXES = (".json", ".csv")
DEPTH_SUFFIXES = (".png", ".tif", ".tiff", ".exr", ".npy")


def keypoints_file(keypoints_dir: str | Path, image_path: str | Path) -> Path | None:
    """The file of an image's keypoints: its name with .json, else with .csv, else None."""
    return _file_beside(keypoints_dir, image_path, KEYPOINT_SUFFIXES)


def depth_file(depth_dir: str | Path, image_path: str | Path) -> Path | None:
    """The file of an image's depth: its name with one of ``DEPTH_SUFFIXES``, or None."""
    return _file_beside(depth_dir, image_path, DEPTH_SUFFIXES)


def _file_beside(folder: str | Path, image_path: str | Path, suffixes: tuple[str, ...]) -> Path | None:
    stem = Path(image_path).stem
    return next(find_named_files(input_path(folder), [f"{stem}{suffix}" for suffix in suffixes]), None)
