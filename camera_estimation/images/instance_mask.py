"""Masks of one object of several: a picture of their numbers, or COCO's annotations.

A picture has at each pixel the number of the object there (8 or 16 bits, a palette, or COCO's panoptic colors, which
are red + 256 green + 65536 blue). An annotation of a COCO file is a list of polygons or a run-length code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from jaxtyping import Int, UInt8

from camera_estimation.errors import InputError, short_reason
from camera_estimation.images._run_length import decode_run_lengths
from camera_estimation.io import open_picture, parse_whole, read_json

SAMPLES = 8  # a side of a pixel, at which polygons are filled
FARTHEST = 2.0**22  # pixels
FIXED_POINT = 4  # bits behind the point of OpenCV's coordinates
NAMED_AT_MOST = 10
FILES_KEPT = 4  # annotations of many images stand in one file
Coverage = UInt8[np.ndarray, "H W"]


@dataclass(frozen=True)
class _CocoFile:
    """``images`` and ``annotations`` by their ids, which may be numbers or words."""

    path: Path
    images: dict[str, dict[str, Any]]
    annotations: dict[str, dict[str, Any]]


def is_annotation_file(path: Path) -> bool:
    """Whether masks are in it as COCO writes them."""
    return path.suffix.lower() == ".json"


def read_instance_mask(path: Path, instance: str, image_path: Path, width: int, height: int) -> Coverage:
    """Coverage of an image by one of its objects.

    Args:
        path: A picture of numbers, or a COCO file.
        instance: The number; of a COCO file the id of an annotation, or "" for the only one of the image.
        image_path: Which the file is asked about.
        width: Of the image, in pixels.
        height: Likewise.

    Returns:
        255 where it is whole.

    Raises:
        InputError: There is no such object, or it is not of that image; one line.
    """
    if is_annotation_file(path):
        annotation = _find_annotation(load_coco(path), instance, image_path)
        return _annotation_coverage(annotation, f"{path}: annotation {annotation.get('id')}", width, height)
    numbers = _read_objects(path)
    if numbers.shape != (height, width):
        raise InputError(
            f"{path}: has {numbers.shape[1]}x{numbers.shape[0]} pixels and {image_path.name} {width}x{height}; give "
            "numbers of objects at the image's size"
        )
    number = parse_whole(instance)
    found = numbers == (-1 if number is None else number)
    if not found.any():
        known = [str(number) for number in np.unique(numbers) if number != 0]
        raise InputError(f"{path}: has no object {instance} for {image_path.name}; it has {_name_some(known)}")
    return np.where(found, np.uint8(255), np.uint8(0))


@lru_cache(maxsize=FILES_KEPT)
def load_coco(path: Path) -> _CocoFile:
    """Annotations with the images that they are of. Raises InputError if the file is none of COCO's; one line."""
    tree = read_json(path)
    parts = [tree.get(key) if isinstance(tree, dict) else None for key in ("images", "annotations")]
    lists = [part if isinstance(part, list) else [{}] for part in parts]
    if not all(isinstance(entry, dict) and "id" in entry for part in lists for entry in part):
        raise InputError(f"{path}: has no images and annotations with ids; give a file as COCO has it")
    images, annotations = ({str(entry["id"]): entry for entry in part} for part in lists)
    return _CocoFile(path, images, annotations)


def _find_annotation(coco: _CocoFile, instance: str, image_path: Path) -> dict[str, Any]:
    if instance:
        if instance not in coco.annotations:
            raise InputError(f"{coco.path}: has no annotation {instance}; {image_path.name} asks for it")
        annotation = coco.annotations[instance]
        image = coco.images.get(str(annotation.get("image_id")), {})
        name = PurePath(str(image.get("file_name", image_path.name))).name
        if name != image_path.name:
            raise InputError(f"{coco.path}: annotation {instance} is of {name}, not of {image_path.name}")
        return annotation
    own = {
        identity
        for identity, image in coco.images.items()
        if PurePath(str(image.get("file_name"))).name == image_path.name
    }
    found = [entry for entry in coco.annotations.values() if str(entry.get("image_id")) in own]
    if len(found) != 1:
        names = _name_some([str(entry["id"]) for entry in found])
        told = f"has {len(found)} annotations of {image_path.name} ({names})" if found else "has no annotation of it"
        raise InputError(
            f"{coco.path}: {told}; {image_path.name} needs one: name its id in a column instance of --pairs"
        )
    return found[0]


def _annotation_coverage(annotation: dict[str, Any], where: str, width: int, height: int) -> Coverage:
    outline = annotation.get("segmentation")
    if isinstance(outline, dict):
        mask = decode_run_lengths(outline, where)
        if mask.shape != (height, width):
            raise InputError(f"{where} is of {mask.shape[1]}x{mask.shape[0]} pixels, its image has {width}x{height}")
        return mask * np.uint8(255)
    if not isinstance(outline, list) or not outline:
        raise InputError(f"{where} has no segmentation; give polygons or a run-length code")
    try:
        polygons = [np.array(points, dtype=np.float64).reshape(-1, 2) for points in outline]
    except (TypeError, ValueError):
        raise InputError(f"{where} has a polygon that is no list of x, y, x, y ...; export it again") from None
    if not all(len(points) >= 3 and np.isfinite(points).all() for points in polygons):
        raise InputError(f"{where} has a polygon of fewer than 3 points; export it again")
    return _fill_polygons(polygons, width, height)


def _fill_polygons(polygons: list[np.ndarray], width: int, height: int) -> Coverage:
    """Coverage by any of them; COCO's points count from the image's top left corner, as here."""
    import cv2

    covered = np.zeros((height, width), dtype=np.uint8)
    for points in polygons:
        left, top = np.clip(np.floor(points.min(0)), 0, (width, height)).astype(int)
        right, bottom = np.clip(np.ceil(points.max(0)), 0, (width, height)).astype(int)
        if right <= left or bottom <= top:
            continue
        canvas = np.zeros(((bottom - top) * SAMPLES, (right - left) * SAMPLES), dtype=np.uint8)
        near = np.clip(points, -FARTHEST, FARTHEST)  # fixed-point numbers go no farther
        placed = ((near - (left, top)) * SAMPLES - 0.5) * (1 << FIXED_POINT)
        cv2.fillPoly(canvas, [np.round(placed).astype(np.int32)], 255, shift=FIXED_POINT)
        part = cv2.resize(canvas, (int(right - left), int(bottom - top)), interpolation=cv2.INTER_AREA)
        own = covered[top:bottom, left:right]
        np.maximum(own, part, out=own)
    return covered


def _read_objects(path: Path) -> Int[np.ndarray, "H W"]:
    try:
        with open_picture(path) as picture:
            values = np.asarray(picture if picture.mode not in ("RGBA", "LA", "1") else _opaque(picture))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the column mask") from None
    except InputError:
        raise
    except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
        raise InputError(f"{path}: cannot be read as numbers of objects ({short_reason(error)}); give a PNG") from error
    values = values.astype(np.int64)
    if values.ndim == 2:
        return values
    if (values[..., 0] == values[..., 1]).all() and (values[..., 0] == values[..., 2]).all():
        return values[..., 0]
    return values[..., 0] + 256 * values[..., 1] + 65536 * values[..., 2]


def _opaque(picture: Any) -> Any:
    return picture.convert("L" if picture.mode in ("LA", "1") else "RGB")


def _name_some(names: list[str]) -> str:
    return ", ".join(names[:NAMED_AT_MOST]) + (", ..." if len(names) > NAMED_AT_MOST else "") if names else "none"
