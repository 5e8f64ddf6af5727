"""How well masks agree with given ones: intersection over union, image by image.

Usage: python scripts/compare_masks.py MASKS GIVEN

MASKS is a folder of NAME.png, as camera-masks writes them; GIVEN has masks of the same names, or images with alpha. A
pixel belongs to the object where it is at least half covered.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from camera_estimation.images import HALF_COVERED


def object_pixels(path: Path) -> np.ndarray:
    """[H, W] bool: where alpha, or else the picture's brightness, is at least half."""
    with Image.open(path) as picture:
        band = picture.getchannel("A") if "A" in picture.getbands() else picture.convert("L")
        return np.asarray(band) >= HALF_COVERED


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / max((first | second).sum(), 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("masks", type=Path)
    parser.add_argument("given", type=Path)
    arguments = parser.parse_args()
    overlaps = []
    for path in sorted(arguments.given.glob("*.png")):
        made = arguments.masks / path.name
        if not made.is_file():
            print(f"{path.stem}: no mask")
            continue
        first, second = object_pixels(made), object_pixels(path)
        if first.shape != second.shape:
            parser.error(f"{made} and {path} differ in size")
        overlaps.append(overlap(first, second))
        print(f"{path.stem}: {overlaps[-1]:.3f}")
    if not overlaps:
        parser.error(f"{arguments.given} and {arguments.masks} have no masks in common")
    median, mean = np.median(overlaps), np.mean(overlaps)
    print(f"{len(overlaps)} masks: median {median:.3f}, mean {mean:.3f}, least {min(overlaps):.3f}")


if __name__ == "__main__":
    main()
