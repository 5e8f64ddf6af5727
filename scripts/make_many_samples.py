"""Make many samples out of the few of a set, for runs of a size that data sets rarely have.

Usage: python scripts/make_many_samples.py OUTPUT_DIR --pairs FILE.csv [--intrinsics FILE.json] [--count 300]

Every sample is one of the set's, made smaller, with a brightness of its own: no two images are the same. The meshes are
those of the set. OUTPUT_DIR receives images/ (RGBA, as far as the set has alpha), pairs.csv and, with --intrinsics,
intrinsics.json. Images of less than a hundred pixels take next to no time, which shows what the rest of a run costs.

    python scripts/make_many_samples.py many --pairs data/pairs.csv --intrinsics data/intrinsics.json
    camera-estimate --pairs many/pairs.csv --intrinsics many/intrinsics.json --output_dir out --workers 2
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

LEAST_GAIN = 0.7
LENGTHS = (
    ("width", "fx", "cx"),
    ("height", "fy", "cy"),
)  # of a camera, by the side of the image


def make_samples(rows: Sequence[dict[str, str]], folder: Path, count: int, size: int, cameras: dict) -> None:
    """Images and tables of ``count`` samples out of those of ``rows``, whose paths work from here."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    made, known = [], {}
    for number in range(count):
        row = rows[number % len(rows)]
        source = Path(row["image"])
        image = Image.open(source)
        scale = size / max(image.size)
        small = image.resize([max(1, round(scale * side)) for side in image.size])
        name = f"{source.stem}_{number:05d}.png"
        set_brightness(small, number / max(1, count - 1)).save(folder / "images" / name)
        made.append((os.path.relpath(row["mesh"], folder), f"images/{name}"))
        camera = cameras.get(source.name) or cameras.get(source.stem)
        if camera is not None:
            known[name] = scale_camera(camera, small.width / image.width, small.height / image.height)
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("mesh", "image"), *made])
    if known:
        (folder / "intrinsics.json").write_text(json.dumps(known, indent=1), encoding="utf-8")


def set_brightness(image: Image.Image, share: float) -> Image.Image:
    """From ``LEAST_GAIN`` at 0 to unchanged at 1; alpha stays."""
    pixels = np.asarray(image).astype(np.float32)
    pixels[..., :3] *= LEAST_GAIN + (1 - LEAST_GAIN) * share
    return Image.fromarray(pixels.round().astype(np.uint8))


def scale_camera(camera: dict, across: float, down: float) -> dict:
    """The intrinsics of an image that was made smaller; what is no length stays."""
    scales = {key: scale for keys, scale in zip(LENGTHS, (across, down), strict=True) for key in keys}
    scaled = {key: value * scales[key] if key in scales else value for key, value in camera.items()}
    return {key: round(value) if key in ("width", "height") else value for key, value in scaled.items()}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--intrinsics", type=Path, metavar="FILE.json")
    parser.add_argument("--count", type=int, default=300, metavar="N")
    parser.add_argument("--size", type=int, default=96, metavar="PIXELS", help="of the longer side")
    arguments = parser.parse_args(argv)
    with arguments.pairs.open(newline="", encoding="utf-8") as file:
        rows = [
            {key: str(arguments.pairs.parent / row[key]) for key in ("mesh", "image")} for row in csv.DictReader(file)
        ]
    cameras = json.loads(arguments.intrinsics.read_text(encoding="utf-8")) if arguments.intrinsics else {}
    make_samples(rows, arguments.output_dir, arguments.count, arguments.size, cameras)
    print(f"{arguments.count} samples of {len({row['mesh'] for row in rows})} meshes in {arguments.output_dir}")


if __name__ == "__main__":
    main()
