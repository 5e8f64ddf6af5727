"""Cover a share of the object in every image of a data set by a grey rectangle, to measure what occlusion costs.

Usage: python scripts/occlude_images.py PAIRS.csv OUTPUT_DIR [--share 0.25] [--mask visible|unaware|pasted] [--seed 0]

Each image of PAIRS.csv (with alpha) gets a rectangle of random place and shape that covers ``share`` of its silhouette.
What is known of it differs: with ``visible`` the mask leaves the rectangle out, as a segmentation of the visible object
does; with ``unaware`` the mask stays as it was and the rectangle's grey counts as the object's colour; with ``pasted``
the rectangle is opaque, beside the object too, as if it had been drawn over the picture. OUTPUT_DIR receives the
images, and a pairs.csv that names the same meshes and ground truth. The same seed gives the same rectangles.
"""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path

import numpy as np
from PIL import Image

GRAY = 128
OPAQUE = 128  # alpha from which a pixel counts as the object's
ASPECTS = (0.5, 2.0)  # width over height of the rectangle, drawn log-uniformly


def rectangle_over(mask: np.ndarray, share: float, random: np.random.Generator) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) about a random pixel of the object, grown until it covers ``share`` of its pixels."""
    rows, columns = np.nonzero(mask)
    chosen = random.integers(len(rows))
    aspect = np.exp(random.uniform(*np.log(ASPECTS)))
    for size in range(1, 2 * max(mask.shape)):
        half_width, half_height = size / 2 * np.sqrt(aspect), size / 2 / np.sqrt(aspect)
        left, right = (round(columns[chosen] + sign * half_width) for sign in (-1, 1))
        top, bottom = (round(rows[chosen] + sign * half_height) for sign in (-1, 1))
        left, top = max(left, 0), max(top, 0)
        if mask[top:bottom, left:right].sum() >= share * len(rows):
            break
    return left, top, right, bottom


def occlude(rgba: np.ndarray, share: float, mask: str, random: np.random.Generator) -> np.ndarray:
    """The image with its rectangle."""
    left, top, right, bottom = rectangle_over(rgba[..., 3] >= OPAQUE, share, random)
    result = rgba.copy()
    window = result[top:bottom, left:right]
    window[..., :3] = GRAY
    if mask == "visible":
        window[..., 3] = 0
    elif mask == "pasted":
        window[..., 3] = 255
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--mask", choices=["visible", "unaware", "pasted"], default="visible")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    (arguments.output_dir / "images").mkdir(parents=True, exist_ok=True)
    with arguments.pairs.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with (arguments.output_dir / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["mesh", "image", "gt"])
        writer.writeheader()
        for index, row in enumerate(rows):
            source = arguments.pairs.parent / row["image"]
            rgba = np.asarray(Image.open(source).convert("RGBA"))
            random = np.random.default_rng([arguments.seed, index])
            image = Path("images") / f"{source.stem}.png"
            Image.fromarray(occlude(rgba, arguments.share, arguments.mask, random)).save(arguments.output_dir / image)
            unchanged = {
                key: os.path.relpath(arguments.pairs.parent / row[key], arguments.output_dir) for key in ("mesh", "gt")
            }
            writer.writerow({**unchanged, "image": image.as_posix()})
    print(f"{len(rows)} images; now run camera-estimate --pairs {arguments.output_dir / 'pairs.csv'}")


if __name__ == "__main__":
    main()
