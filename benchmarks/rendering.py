"""Rendering, and rendering with the gradient of a loss in the pose: milliseconds a view, ours beside PyTorch3D's.

Usage: python -m benchmarks.rendering [--output_dir DIR] [--device DEVICE] [--quick]

Everything draws the same view of the same textured ball, which fills a quarter of a square picture, takes the loss
sum(RGB^2) + sum(coverage^2) and differentiates it with respect to a six-dimensional step of the pose.

  ours                     Renderer.render, 2 x 2 samples a pixel (4 x 4 up to 160 pixels); gradients of the silhouette
                           and of the interior
  ours, draw               Renderer.draw, the fast path without gradients
  ours on PyTorch3D        Renderer.render with --renderer pytorch3d: our interface, samples and gradients, PyTorch3D's
                           rasteriser
  PyTorch3D soft           PyTorch3D's way to the same two gradients: SoftPhongShader with blurred silhouettes (sigma
                           1e-4) and 50 faces a pixel, as in its tutorial on fitting a textured mesh (its tutorial on
                           camera positions takes 100), one sample a pixel
  PyTorch3D hard           its cheapest setting: HardPhongShader, one face and one sample a pixel, no blur. Not the same
                           thing: the silhouette has no gradient, and edges and textures alias
  PyTorch3D hard, samples  the same with as many samples a pixel as ours, averaged

PyTorch3D is called as its documentation says and left to choose how it rasterises: by bins on CUDA, by trying every
face at every pixel, on one thread, on a CPU. "ratio" is the time over that of "ours" for the same faces and pixels.

"forward" is the render that gradients can flow through, up to the loss; "gradient" is forward and backward. Times are
medians of --repeats runs after a warm-up; what is slow is repeated until --patience seconds are spent, at least once.
Those of the same faces and pixels take turns. Compare numbers of one run only: machines differ and are shared. On a CPU
all takes about ten minutes; --quick leaves out what takes PyTorch3D longest (94 k faces and 512 pixels).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rendering_runs import CONTENDERS, OURS, Row, check_same_picture, measure
from benchmarks.report import machine_line, markdown_table, write_csv, write_plot
from benchmarks.subjects import lumpy_ball
from camera_estimation.configuration import resolve_device
from camera_estimation.errors import InputError
from camera_estimation.rendering import check_renderer

FACE_COUNTS = (5_000, 94_000, 500_000)
RESOLUTIONS = (64, 128, 256, 512)
REFERENCE_PIXELS = 256  # the resolution at which all face counts are drawn
# PyTorch3D's pipelines draw no more faces than this, and many faces at no other resolution than the one above.
MOST_PYTORCH3D_FACES = 94_000
FEW_FACES = 5_000
QUICK_PIXELS = 256
COLUMNS = {
    "renderer": "renderer",
    "faces": "faces",
    "pixels": "pixels",
    "forward_ms": "forward, ms",
    "forward_ratio": "ratio",
    "gradient_ms": "gradient, ms",
    "gradient_ratio": "ratio",
    "runs": "runs",
}


def cases(with_pytorch3d: bool, quick: bool) -> Iterator[tuple[int, int, list[str]]]:
    """(faces, pixels, contenders) of everything that is measured."""
    for faces in FACE_COUNTS:
        for pixels in RESOLUTIONS:
            slow = faces > FEW_FACES or pixels > QUICK_PIXELS
            off_reference = faces > FEW_FACES and pixels != REFERENCE_PIXELS
            alone = not with_pytorch3d or off_reference or faces > MOST_PYTORCH3D_FACES or (quick and slow)
            names = [name for name, contender in CONTENDERS.items() if not (alone and contender.of_pytorch3d)]
            yield faces, pixels, names


def with_ratios(rows: list[Row]) -> list[Row]:
    """The rows with the ratios of their times to ours."""
    own = {(row["faces"], row["pixels"]): row for row in rows if row["renderer"] == OURS}
    for row in rows:
        reference = own[row["faces"], row["pixels"]]
        for key in ("forward", "gradient"):
            time_ms = row[f"{key}_ms"]
            row[f"{key}_ratio"] = None if time_ms is None else time_ms / reference[f"{key}_ms"]
    return rows


def plot(path: Path, rows: list[Row]) -> None:
    def lines(x: str, fixed: str, value: int) -> dict[str, list[tuple[float, float]]]:
        return {
            name: [(row[x], row["gradient_ms"]) for row in rows if row["renderer"] == name and row[fixed] == value]
            for name, contender in CONTENDERS.items()
            if contender.differentiable
        }

    fewest = min(row["faces"] for row in rows)
    panels = [
        (f"{REFERENCE_PIXELS} pixels", "faces", lines("faces", "pixels", REFERENCE_PIXELS)),
        (f"{fewest} faces", "pixels a side", lines("pixels", "faces", fewest)),
    ]
    write_plot(path, panels, "render and gradient, ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmark_rendering"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--repeats", type=int, default=20, metavar="N")
    parser.add_argument("--patience", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    device = resolve_device(arguments.device)
    machine = machine_line(device)
    try:
        check_renderer("pytorch3d")
    except InputError as error:
        print(f"only ours is measured: {error}")
        with_pytorch3d = False
    else:
        with_pytorch3d = True
        check_same_picture(device)

    rows: list[Row] = []
    for faces, pixels, names in cases(with_pytorch3d, arguments.quick):
        mesh = lumpy_ball(faces).to(device)
        for row in measure(names, mesh, pixels, arguments.repeats, arguments.patience):
            rows.append(row)
            print(
                f"{row['faces']} faces, {pixels} pixels, {row['renderer']}: {row['forward_ms']:.1f} ms forward",
                flush=True,
            )

    rows = with_ratios(rows)
    table = f"{machine}\n\n{markdown_table(COLUMNS, rows)}\n"
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    (arguments.output_dir / "rendering.md").write_text(table, encoding="utf-8")
    write_csv(arguments.output_dir / "rendering.csv", rows)
    plot(arguments.output_dir / "rendering.png", rows)
    print(f"\n{table}\nTables and plot: {arguments.output_dir}")


if __name__ == "__main__":
    main()
