"""From a pose that is ten degrees off to the right one: Mitsuba 3's differentiable rendering beside ours.

Usage: python -m benchmarks.pose_descent [--starts N] [--pixels N] [--quick]

The picture is a finely sampled render of a textured ball; the start is turned by ten degrees about a random axis and
moved by a twentieth of the object's radius, in distance by 3 %.

  estimate        what this program does with a pose to start from (--init): Gauss-Newton over several resolutions, and
                  the decision
  ours, Adam      Adam on the squared difference of colors with our renderer's gradient
  Mitsuba 3, Adam the same with Mitsuba's, after its tutorial on object poses, but with its cheapest integrator

Adam starts with steps of 0.02 (radians, object radii), which are halved where the loss has not fallen by 1 % in eight
iterations; under 0.002 it has converged, at the latest after --most iterations. "to 1°" is when the error was below one
degree for the first time. Kernels are compiled before the clock starts. Means over the starts.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from benchmarks.estimates.samples import save_picture
from benchmarks.renderers.mitsuba_pipeline import missing_mitsuba
from benchmarks.renderers.runs import CONTENDERS, MITSUBA_LEAST, OURS, Draw
from benchmarks.report import Panel, machine_line, markdown_table, write_csv, write_plot
from benchmarks.subjects import smooth_ball, view
from camera_estimation.estimation import CameraEstimator
from camera_estimation.geometry import Camera, retract, rotmat_geodesic_distance
from camera_estimation.images import load_source_image
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import create_renderer

ESTIMATE = "estimate"
FACES = 20_000
TURN, SHIFT, AWAY = math.radians(10), 0.05, 0.03  # of the starts: angle, object radii, share of the distance
SAMPLES_A_SIDE = 6  # of a pixel of the picture
FIRST_STEP, LAST_STEP, PATIENCE, FALL = 0.02, 0.002, 8, 0.01
NEAR_DEG = 1.0
COLUMNS = {
    "method": "method",
    "iterations": "iterations",
    "seconds": "seconds",
    "ratio": "ratio",
    "cpu_seconds": "CPU seconds",
    "to_near": "to 1°, s",
    "error_deg": "error, °",
    "shift_percent": "displacement, %",
}


@dataclass(frozen=True)
class Problem:
    """A picture of a mesh, the camera that took it, and the one to start from (batches of one)."""

    mesh: TexturedMesh
    rgba: Float[Tensor, "1 4 H W"]
    truth: Camera
    start: Camera

    def error_deg(self, camera: Camera) -> float:
        return math.degrees(float(rotmat_geodesic_distance(camera.rotation, self.truth.rotation)[0]))

    def shift_percent(self, camera: Camera) -> float:
        """Of the object's centre, in percent of its diameter."""
        return 100 * float((camera.translation - self.truth.translation).norm()) / 2


def make_problems(count: int, pixels: int, seed: int) -> Iterator[Problem]:
    """One picture with several starts."""
    mesh, truth = smooth_ball(FACES), view(pixels, torch.device("cpu"))
    rgba = create_renderer(mesh).supersample(truth, SAMPLES_A_SIDE)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        axis, aside = (torch.nn.functional.normalize(torch.randn(size, generator=generator), dim=0) for size in (3, 2))
        away = AWAY * (2 * torch.randint(2, (1,), generator=generator) - 1)
        yield Problem(mesh, rgba, truth, retract(truth, torch.cat([TURN * axis, SHIFT * aside, away])[None]))


def descend(problem: Problem, draw: Draw, most: int) -> dict[str, Any]:
    """Adam from the start of a problem, until it has converged."""
    step = torch.zeros(1, 6, requires_grad=True)
    optimizer = torch.optim.Adam([step], lr=FIRST_STEP)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=PATIENCE, threshold=FALL)
    camera, losses, near = problem.start, [], None
    start, start_processor = time.perf_counter(), time.process_time()
    while len(losses) < most and optimizer.param_groups[0]["lr"] > LAST_STEP:
        optimizer.zero_grad()
        loss = (draw(retract(problem.start, step))[:, :3] - problem.rgba[:, :3]).square().mean()
        loss.backward()
        optimizer.step()
        scheduler.step(loss.item())
        losses.append(loss.item())
        camera = retract(problem.start, step.detach())
        if near is None and problem.error_deg(camera) < NEAR_DEG:
            near = time.perf_counter() - start
    return {
        "iterations": float(len(losses)),
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - start_processor,
        "to_near": near,
        "error_deg": problem.error_deg(camera),
        "shift_percent": problem.shift_percent(camera),
        "losses": losses,
    }


def estimate(problem: Problem, estimator: CameraEstimator, picture: Path) -> dict[str, Any]:
    """The program's own way from the start of a problem."""
    save_picture(problem.rgba[0], picture)
    image, truth = load_source_image(picture), problem.truth
    intrinsics = (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())
    start, start_processor = time.perf_counter(), time.process_time()
    found = estimator.estimate(image, intrinsics=intrinsics, initial=problem.start, searched=0)
    seconds, processor = time.perf_counter() - start, time.process_time() - start_processor
    camera = problem.mesh.to_normalized(found.camera).to(dtype=torch.float32)
    return {
        "iterations": None,
        "seconds": seconds,
        "cpu_seconds": processor,
        "to_near": None,
        "error_deg": problem.error_deg(camera),
        "shift_percent": problem.shift_percent(camera),
        "losses": [],
    }


def compare(problems: Sequence[Problem], with_mitsuba: bool, most: int) -> dict[str, list[dict[str, Any]]]:
    """What each method did from each start; all are warm."""
    pixels, mesh = problems[0].truth.width, problems[0].mesh
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as made:
        estimator, picture = CameraEstimator(mesh), Path(made) / "picture.png"
        estimate(problems[0], estimator, picture)
        found[ESTIMATE] = [estimate(problem, estimator, picture) for problem in problems]
    descents = {"ours, Adam": OURS} | ({"Mitsuba 3, Adam": MITSUBA_LEAST} if with_mitsuba else {})
    for method, contender in descents.items():
        draw = CONTENDERS[contender].make(mesh, pixels)
        descend(problems[0], draw, most=2)
        found[method] = [descend(problem, draw, most) for problem in problems]
        print(f"{method}: {found[method][0]['seconds']:.1f} s", flush=True)
    return found


def summarize(found: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Means over the starts; of what some lack, none. "ratio" is the time over that of the program's estimate."""
    rows = []
    for method, runs in found.items():
        row: dict[str, Any] = {"method": method}
        for key in runs[0]:
            if key != "losses":
                values = [run[key] for run in runs]
                row[key] = None if None in values else statistics.fmean(values)
        rows.append(row)
    return [{**row, "ratio": row["seconds"] / rows[0]["seconds"]} for row in rows]


def plot(path: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    """Losses of the first start over iterations."""
    lines = {name: list(enumerate(runs[0]["losses"], start=1)) for name, runs in found.items() if runs[0]["losses"]}
    panel: Panel = ("first start", "iteration", lines)
    write_plot(path, [panel], "mean squared difference", steps=True)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=3, metavar="N")
    parser.add_argument("--pixels", type=int, default=256, metavar="N", help="a side of the picture")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="iterations")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the starts")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/pose_descent"))
    parser.add_argument("--quick", action="store_true", help="one start, 128 pixels")
    arguments = parser.parse_args(argv)
    starts, pixels = (1, 128) if arguments.quick else (arguments.starts, arguments.pixels)
    machine, missing = machine_line(torch.device("cpu")), missing_mitsuba()
    found = compare(list(make_problems(starts, pixels, arguments.seed)), missing is None, arguments.most)
    rows, folder = summarize(found), arguments.output_dir
    parts = [machine, f"Left out: {missing}" if missing else "", markdown_table(COLUMNS, rows)]
    report = "\n\n".join(filter(None, parts)) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pose_descent.md").write_text(report, encoding="utf-8")
    write_csv(folder / "pose_descent.csv", rows)
    plot(folder / "pose_descent.png", found)
    print(f"\n{report}\nTables and plot: {folder}")


if __name__ == "__main__":
    main()
