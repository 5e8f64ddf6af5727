"""transforms.json: what nerfstudio and instant-ngp have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from camera_estimation.export._camera_arrays import intrinsics, opengl_camera, z_up_from_y_up
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.pictures import path_between, picture_file
from camera_estimation.io import json_text, write_text

TRANSFORMS_NAME = "transforms.json"
MASK_NAME = "mask.png"  # of a sample's folder


def write_transforms(
    images: Sequence[PosedImage],
    lenses: Sequence[Mapping[str, Any]],
    folder: Path,
    shared: Mapping[str, Any],
    pictures: Sequence[Path] | None = None,
    masks: Sequence[Path | None] | None = None,
) -> Path:
    """Write the file: camera to world with axes of OpenGL, in a world whose Z axis points up.

    ``applied_transform`` says what turned the mesh's world into that, ``sample`` and ``mesh`` what a frame is of.

    Args:
        images: Of one mesh.
        lenses: What their frames say of distortion.
        folder: Where the file goes.
        shared: Values of the whole file.
        pictures: Of the images; None: their own files, or copies where these are not plain.
        masks: Of the images; None: none is named.

    Raises:
        InputError: A picture cannot be read, or the file cannot be written.
    """
    pictures = pictures or [picture_file(image, folder) for image in images]
    turn = z_up_from_y_up()
    frames = []
    for image, lens, picture, mask in zip(images, lenses, pictures, masks or [None] * len(images), strict=True):
        fx, fy, cx, cy = intrinsics(image)
        size = {"w": image.camera.width, "h": image.camera.height}
        frames.append(
            {
                "file_path": path_between(picture, folder),
                **({} if mask is None else {"mask_path": path_between(mask, folder)}),
                "sample": image.name,
                "mesh": path_between(image.mesh_path, folder),
                **{"fl_x": fx, "fl_y": fy, "cx": cx, "cy": cy, **size, **lens},
                "transform_matrix": (turn @ opengl_camera(image)).tolist(),
            }
        )
    tree = {**shared, "applied_transform": turn[:3].tolist(), "frames": frames}
    write_text(folder / TRANSFORMS_NAME, json_text(tree) + "\n")
    return folder / TRANSFORMS_NAME


def mask_of_sample(image: PosedImage) -> Path | None:
    """The mask that the run used, white where the object is; None where its folder has none."""
    path = None if image.sample_folder is None else image.sample_folder / MASK_NAME
    return path if path is not None and path.is_file() else None
