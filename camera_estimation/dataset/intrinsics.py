"""Known cameras of images, from the files that programs write of them.

JSON       ``{"spot.png": {"fx": ..., "fy": ..., "cx": ..., "cy": ...}, ...}``, or such an object alone for all images,
           or a transforms.json of nerfstudio or instant-ngp (``_camera_entries`` says which keys there are), or a
           scene_camera.json of BOP
TXT, BIN   COLMAP's cameras.txt or cameras.bin, with images.txt or images.bin beside it
YAML, XML  a calibration of OpenCV, or the cameras that ``camera-export`` writes for it
NPZ        the same as arrays

or the folder that holds one of them. In pixels of the image, with the first pixel's centre at (0.5, 0.5), but in files
of OpenCV and BOP, which count from that centre.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from camera_estimation.dataset._camera_entries import is_camera, parse_camera_entry
from camera_estimation.dataset._colmap_cameras import load_colmap
from camera_estimation.dataset._opencv_cameras import load_opencv
from camera_estimation.dataset.bop_files import bop_picture_name, bop_scene_number, is_bop_cameras, parse_bop_cameras
from camera_estimation.dataset.bop_table import find_bop_table
from camera_estimation.dataset.known_intrinsics import NAMES, KnownCamera, KnownIntrinsics
from camera_estimation.dataset.transforms_file import frames_of_transforms, is_transforms_tree
from camera_estimation.errors import InputError
from camera_estimation.io import input_path, read_json

# What is looked for in a folder, in this order; COLMAP puts its models into sparse/0.
FOLDER_FILES = ("cameras.bin", "cameras.txt", "transforms.json", "scene_camera.json", "cameras.yaml")
OPENCV_SUFFIXES = (".yaml", ".yml", ".xml", ".npz")
FOLDERS = ("", "sparse/0", "sparse", "colmap/sparse/0")


def load_intrinsics(path: str | Path) -> KnownIntrinsics:
    """Cameras by the names of images, or one for all, as a file gives them.

    Args:
        path: A file or folder as the module's text describes it.

    Raises:
        InputError: It cannot be used; one line.
    """
    path = input_path(path)
    if path.is_dir():
        path = _file_in_folder(path)
    suffix = path.suffix.lower()
    if suffix in (".txt", ".bin"):
        return load_colmap(path)
    if suffix in OPENCV_SUFFIXES:
        return load_opencv(path)
    return _parse_tree(read_json(path), path)


def _file_in_folder(folder: Path) -> Path:
    for inner in FOLDERS:
        found = [folder / inner / name for name in FOLDER_FILES if (folder / inner / name).is_file()]
        if found:
            return found[0]
    raise InputError(f"{folder}: holds none of {', '.join(FOLDER_FILES)}; give the file of intrinsics itself")


def _parse_tree(tree: Any, path: Path) -> KnownIntrinsics:
    if not isinstance(tree, dict) or not tree:
        raise InputError(f"{path}: names no images; give an object of image names with {', '.join(NAMES)} each")
    if is_transforms_tree(tree):
        return KnownIntrinsics({frame.name: frame.camera for frame in frames_of_transforms(tree, path)})
    if is_bop_cameras(tree):
        return KnownIntrinsics(_name_images(parse_bop_cameras(tree, path), path))
    if is_camera(tree):
        return KnownIntrinsics(for_all=parse_camera_entry(tree, str(path)))
    return KnownIntrinsics({name: parse_camera_entry(entry, f"{path}: image '{name}'") for name, entry in tree.items()})


def _name_images(cameras: Mapping[int, KnownCamera], path: Path) -> dict[str, KnownCamera]:
    """BOP's cameras by names of pictures: as its table says, else as it calls them."""
    table, scene = find_bop_table(path), bop_scene_number(path)
    named = {}
    for number, camera in cameras.items():
        rows = [] if table is None else table.rows_with(scene, number)
        named[next((row.image for row in rows if row.image), bop_picture_name(number))] = camera
    return named
