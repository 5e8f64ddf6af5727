"""An image in which it is said which object is meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from camera_estimation.errors import InputError
from camera_estimation.images.instance_mask import is_annotation_file, read_instance_mask
from camera_estimation.images.loading import load_source_image, load_unmasked_image
from camera_estimation.images.source_image import HALF_COVERED, SourceImage
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS


def load_marked_image(path: Path, mask_path: Path, instance: str = "", mask_label: str = "") -> SourceImage:
    """An image file with the mask of one of its objects.

    Args:
        path: The image.
        mask_path: A mask, white where the object is; a picture of numbers of objects; or a COCO file.
        instance: Of the latter the number, or the annotation's id; "": the mask is of one object.
        mask_label: As in ``load_source_image``, of masks without ``instance``.

    Raises:
        InputError: A file cannot be used, or has no such object; one line.
    """
    if not instance and not is_annotation_file(mask_path):
        image = load_source_image(path, mask_path=mask_path, mask_label=mask_label)
        if image.mask_source == "alpha":
            raise InputError(f"{path}: has alpha, which is its mask, beside {mask_path.name}; save it without alpha")
        return image
    image = load_unmasked_image(path)
    mask = read_instance_mask(mask_path, instance, path, image.width, image.height)
    if np.count_nonzero(mask >= HALF_COVERED) < FEWEST_OBJECT_PIXELS:
        raise InputError(
            f"{mask_path}: shows no object {instance} in {path.name} (fewer than {FEWEST_OBJECT_PIXELS} pixels); name "
            "another one"
        )
    return replace(image, mask=torch.from_numpy(mask)[None], mask_source="file")
