"""Make masks as rough as those that networks and hands make: dilate or erode exact ones.

Usage: python scripts/make_rough_masks.py MASKS OUTPUT_DIR --grow PIXELS [--boxes BOXES.json --images IMAGES]

MASKS is a folder of NAME.png, white where the object is. Each is dilated by PIXELS, or eroded by them where they are
negative, with a disc; OUTPUT_DIR receives files of the same names, for camera-estimate --masks_dir. BOXES.json receives
the boxes of the exact masks by the names of the files in IMAGES, for camera-masks --boxes, with which a segmenter makes
masks of its own.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

COVERED = 128  # levels from which a pixel is the object's


def read_mask(path: Path) -> np.ndarray:
    """[H, W] bool: where a picture is white."""
    return np.asarray(Image.open(path).convert("L")) >= COVERED


def move_boundary(mask: np.ndarray, pixels: float) -> np.ndarray:
    """The mask [H, W] (bool) with its boundary moved outwards by ``pixels``, or inwards where they are negative."""
    if pixels >= 0:
        return ndimage.distance_transform_edt(~mask) <= pixels
    return ndimage.distance_transform_edt(mask) > -pixels


def box_of(mask: np.ndarray) -> list[int]:
    """Left, top, right, bottom of the object."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("masks", type=Path)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--grow", type=float, required=True)
    parser.add_argument("--boxes", type=Path)
    parser.add_argument("--images", type=Path)
    arguments = parser.parse_args()
    if (arguments.boxes is None) != (arguments.images is None):
        parser.error("--boxes and --images go together")
    paths = sorted(arguments.masks.glob("*.png"))
    if not paths:
        parser.error(f"{arguments.masks} has no PNG files")
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    names = {} if arguments.images is None else {path.stem: path.name for path in arguments.images.iterdir()}
    boxes = {}
    for path in paths:
        mask = read_mask(path)
        rough = move_boundary(mask, arguments.grow)
        if not rough.any():
            parser.error(f"{path}: nothing is left of it; grow by more than {arguments.grow:g}")
        Image.fromarray(255 * rough.astype(np.uint8)).save(arguments.output_dir / path.name)
        boxes[names.get(path.stem, path.name)] = box_of(mask)
    if arguments.boxes is not None:
        arguments.boxes.write_text(json.dumps(boxes, indent=1) + "\n", encoding="utf-8")
    print(f"{len(paths)} masks; now run camera-estimate --masks_dir {arguments.output_dir}")


if __name__ == "__main__":
    main()
