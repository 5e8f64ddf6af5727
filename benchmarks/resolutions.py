"""Time and accuracy of an estimate over the size of the picture.

Usage: python -m benchmarks.resolutions [--pixels 128 256 512 1024 2048 4096] [--preset NAME]

The same views of the packaged example are drawn in each size, of a square picture's side, and estimated. Times are
medians over the images, from the files to the camera; nothing is kept from one image to the next. Each size has a
process of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.estimates.runs import Job
from benchmarks.estimates.samples import EXAMPLE, pictures_of
from benchmarks.sweep import run_sweep, sweep_parser
from camera_estimation.configuration import load_preset
from camera_estimation.errors import InputError

PIXELS = (128, 256, 512, 1024, 2048, 4096)
MOST_QUICK_PIXELS = 512


def main(argv: Sequence[str] | None = None) -> None:
    parser = sweep_parser(__doc__, "resolutions")
    parser.add_argument("--pixels", nargs="+", type=int, default=list(PIXELS), metavar="N")
    arguments = parser.parse_args(argv)
    sizes, views = sorted(arguments.pixels), arguments.views
    if arguments.quick:
        sizes, views = [pixels for pixels in sizes if pixels <= MOST_QUICK_PIXELS], 1
    try:
        config = replace(load_preset(arguments.preset), device=arguments.device)
        with tempfile.TemporaryDirectory() as made:
            jobs = {
                pixels: [
                    Job(config, sample)
                    for sample in pictures_of(
                        EXAMPLE.mesh_path, Path(made) / str(pixels), views, arguments.seed, pixels=pixels
                    )
                ]
                for pixels in sizes
            }
            report = run_sweep(
                "resolutions", "pixels", jobs, f"{EXAMPLE.mesh_path.name}, preset {arguments.preset}", arguments
            )
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    print(f"\n{report}\nTables and plot: {arguments.output_dir}")


if __name__ == "__main__":
    main()
