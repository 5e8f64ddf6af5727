"""Rendering, and rendering with a loss's gradient in the pose: milliseconds a view, beside PyTorch3D and Mitsuba 3.

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
  Mitsuba 3                the integrator of its tutorial on object poses, direct_projective, which differentiates
                           silhouettes too, with as many samples a pixel as ours and as many for the silhouettes;
                           compiled for the CPU by LLVM before the clock starts. Its coverage has no gradient, so that
                           its loss is sum(RGB^2)
  Mitsuba 3, least         its cheapest setting for that: prb_projective at depth 1, silhouettes seen directly only

PyTorch3D is called as its documentation says and left to choose how it rasterises: by bins on CUDA, by trying every
face at every pixel, on one thread, on a CPU. Mitsuba has as many threads as torch. What is not installed is left out,
with a line that says how to install it. "ratio" is the time over that of "ours" for the same faces and pixels.

"forward" is the render that gradients can flow through, up to the loss; "gradient" is forward and backward, and "CPU"
the time of all threads for both. Times are medians of --repeats runs after a warm-up; what is slow is repeated until
--patience seconds are spent, at least once. Those of the same faces and pixels take turns. Compare numbers of one run
only: machines differ and are shared. On a CPU all takes about a quarter of an hour; --quick leaves out what takes the
others longest (94 k faces and 512 pixels).

A second table says how right the gradients are: of the squared difference from each renderer's own pictures of four
near poses (--quick: one), of a ball with a smooth texture at 128 pixels, beside differences of a render with 8 x 8
samples a pixel; 1 is right, for cosine and length.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from benchmarks.renderers.gradient_check import TARGETS, check_gradients
from benchmarks.renderers.runs import (
    CONTENDERS,
    HARD_SAMPLES,
    MITSUBA,
    MITSUBA_LEAST,
    OURS,
    SOFT,
    Row,
    check_same_picture,
    find_libraries,
    measure,
)
from benchmarks.report import machine_line, markdown_table, write_csv, write_plot
from benchmarks.subjects import lumpy_ball
from camera_estimation.configuration import resolve_device

FACE_COUNTS = (5_000, 94_000, 500_000)
RESOLUTIONS = (64, 128, 256, 512)
REFERENCE_PIXELS = 256  # the resolution at which all face counts are drawn
# Other libraries draw no more faces than this, and many faces at no other resolution than the one above.
MOST_FACES_OF_OTHERS = 94_000
FEW_FACES = 5_000
QUICK_PIXELS = 256
QUICK_TARGETS = 1  # that gradients are checked for
COLUMNS = {
    "renderer": "renderer",
    "faces": "faces",
    "pixels": "pixels",
    "forward_ms": "forward, ms",
    "forward_ratio": "ratio",
    "gradient_ms": "gradient, ms",
    "gradient_ratio": "ratio",
    "processor_ms": "CPU, ms",
    "runs": "runs",
}
GRADIENT_COLUMNS = {
    "renderer": "renderer",
    "cosine": "cosine",
    "least_cosine": "least cosine",
    "length": "length",
}


def cases(libraries: Collection[str], quick: bool) -> Iterator[tuple[int, int, list[str]]]:
    """(faces, pixels, contenders) of everything that is measured, of ours and of the libraries that are here."""
    for faces in FACE_COUNTS:
        for pixels in RESOLUTIONS:
            slow = faces > FEW_FACES or pixels > QUICK_PIXELS
            off_reference = faces > FEW_FACES and pixels != REFERENCE_PIXELS
            alone = off_reference or faces > MOST_FACES_OF_OTHERS or (quick and slow)
            yield faces, pixels, contenders_of(() if alone else libraries)


def contenders_of(libraries: Collection[str]) -> list[str]:
    """Ours and those of libraries."""
    return [name for name, contender in CONTENDERS.items() if contender.library in (None, *libraries)]


def with_ratios(rows: list[Row]) -> list[Row]:
    """The rows with the ratios of their times to ours."""
    own = {(row["faces"], row["pixels"]): row for row in rows if row["renderer"] == OURS}
    for row in rows:
        reference = own[row["faces"], row["pixels"]]
        for key in ("forward", "gradient"):
            time_ms = row[f"{key}_ms"]
            row[f"{key}_ratio"] = None if time_ms is None else time_ms / reference[f"{key}_ms"]
    return rows


def describe_ratios(rows: Sequence[Row]) -> str:
    """How many times as fast as the others' way to the same gradients ours is, at the reference resolution."""
    sentences = []
    for row in rows:
        if row["renderer"] in (SOFT, MITSUBA, MITSUBA_LEAST) and row["pixels"] == REFERENCE_PIXELS:
            own = next(other for other in rows if other["renderer"] == OURS and _subject(other) == _subject(row))
            sentences.append(
                f"Render and gradient of {row['faces']} faces at {row['pixels']} pixels: ours is "
                f"{row['gradient_ratio']:.0f} times as fast as {row['renderer']}, with "
                f"{own['processor_ms'] / row['processor_ms']:.2%} of its CPU time."
            )
    return "\n".join(sentences)


def _subject(row: Row) -> tuple[int, int]:
    return row["faces"], row["pixels"]


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


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/rendering"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--repeats", type=int, default=20, metavar="N")
    parser.add_argument("--patience", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args(argv)
    device = resolve_device(arguments.device)
    machine, missing = machine_line(device), find_libraries(device)
    for line in filter(None, missing.values()):
        print(f"left out: {line}", flush=True)
    here = [library for library, line in missing.items() if line is None]
    for library in here:
        check_same_picture(library, device)

    rows: list[Row] = []
    for faces, pixels, names in cases(here, arguments.quick):
        mesh = lumpy_ball(faces).to(device)
        for row in measure(names, mesh, pixels, arguments.repeats, arguments.patience):
            rows.append(row)
            print(
                f"{row['faces']} faces, {row['pixels']} pixels, {row['renderer']}: {row['forward_ms']:.1f} ms forward",
                flush=True,
            )
    rows = with_ratios(rows)
    # Samples change nothing about the gradient of hard edges but its time.
    differentiable = [name for name in contenders_of(here) if CONTENDERS[name].differentiable and name != HARD_SAMPLES]
    gradients = check_gradients(differentiable, device, QUICK_TARGETS if arguments.quick else TARGETS)
    parts = [machine, *(f"Left out: {line}" for line in missing.values() if line), describe_ratios(rows)]
    parts += [markdown_table(COLUMNS, rows), markdown_table(GRADIENT_COLUMNS, gradients)]
    report = "\n\n".join(filter(None, parts)) + "\n"
    folder = arguments.output_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rendering.md").write_text(report, encoding="utf-8")
    write_csv(folder / "rendering.csv", rows)
    write_csv(folder / "gradients.csv", gradients)
    plot(folder / "rendering.png", rows)
    print(f"\n{report}\nTables and plot: {folder}")


if __name__ == "__main__":
    main()
