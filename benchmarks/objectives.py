"""What each objective costs, and how right the pose is that it decides on.

Usage: python -m benchmarks.objectives [--objectives l1l2 ssim ...] [--views N]

Renders of the packaged example from random directions are estimated once up to the decision; then each objective
decides and refines. "decide" is the median of the seconds that takes. Objectives whose weights or libraries are not
here, and those of evidence that these images lack, are left out with a line. Milliseconds of one evaluation are told by
camera-estimate --list_losses --benchmark; which objective is best on hard images, by camera-compare.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.estimates.runs import pose_errors
from benchmarks.estimates.samples import EXAMPLE, Sample, pictures_of
from benchmarks.report import Bars, machine_line, markdown_table, write_bars, write_csv
from camera_estimation.configuration import Configuration, LossConfig, load_preset, resolve_device
from camera_estimation.errors import InputError
from camera_estimation.estimation import CameraEstimator, PoseHypotheses
from camera_estimation.images import load_source_image
from camera_estimation.losses import loss_classes
from camera_estimation.mesh import load_mesh

QUICK_OBJECTIVES = ("silhouette_color", "l1l2", "mask_only", "ssim")
COLUMNS = {
    "objective": "objective",
    "images": "images",
    "decide": "decide, s",
    "median_error_deg": "median error, °",
    "greatest_error_deg": "greatest error, °",
}


def choose_objectives(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that can run here, and a line about each that cannot. Raises InputError for an unknown one."""
    classes = loss_classes()
    if unknown := [name for name in names if name not in classes]:
        raise InputError(f"objective '{unknown[0]}' is unknown: camera-estimate --list_losses")
    missing = {name: classes[name].missing() for name in names}
    return [name for name in names if not missing[name]], [f"{name}: {line}" for name, line in missing.items() if line]


def measure(name: str, estimator: CameraEstimator, found: Sequence[tuple[Sample, PoseHypotheses]]) -> dict[str, Any]:
    """One objective on all images."""
    deciding = estimator.with_loss(LossConfig(name=name))
    deciding.decide(found[0][1])  # networks are loaded
    seconds, errors = [], []
    for sample, hypotheses in found:
        start = time.perf_counter()
        estimate = deciding.decide(hypotheses)
        seconds.append(time.perf_counter() - start)
        pose = torch.tensor(sample.world_to_camera, dtype=torch.float64)
        errors.append(pose_errors(estimate.camera, pose, estimator.mesh)["rotation_error_deg"])
    return {
        "objective": name,
        "images": len(found),
        "decide": statistics.median(seconds),
        "median_error_deg": statistics.median(errors),
        "greatest_error_deg": max(errors),
    }


def compare(
    names: Sequence[str], config: Configuration, samples: Sequence[Sample]
) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each objective, the quickest first; and a line for each that these images are not enough for."""
    estimator = CameraEstimator(load_mesh(samples[0].mesh), config)
    found = [(sample, estimator.propose(load_source_image(sample.image), sample.intrinsics)) for sample in samples]
    rows, failures = [], []
    for name in names:
        try:
            rows.append(measure(name, estimator, found))
        except InputError as error:
            failures.append(f"{name}: {error}")
            continue
        print(f"{name}: {rows[-1]['decide']:.2f} s", flush=True)
    if not rows:
        raise InputError(failures[0])
    return sorted(rows, key=lambda row: row["decide"]), failures


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objectives", nargs="+", metavar="NAME", help="instead of all")
    parser.add_argument("--views", type=int, default=4, metavar="N", help="images")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the images that are made")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/objectives"))
    parser.add_argument("--quick", action="store_true", help="one image, and four objectives without networks")
    arguments = parser.parse_args(argv)
    folder, views = arguments.output_dir, 1 if arguments.quick else arguments.views
    asked = arguments.objectives or (QUICK_OBJECTIVES if arguments.quick else sorted(loss_classes()))
    machine = machine_line(resolve_device(arguments.device))
    config = replace(load_preset("default"), device=arguments.device)
    try:
        names, missing = choose_objectives(asked)
        if not names:
            raise InputError(missing[0])
        with tempfile.TemporaryDirectory() as made:
            rows, failures = compare(names, config, pictures_of(EXAMPLE.mesh_path, Path(made), views, arguments.seed))
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    left_out = "\n".join(f"Left out: {line}" for line in [*missing, *failures])
    report = "\n\n".join(filter(None, [machine, left_out, markdown_table(COLUMNS, rows)])) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objectives.md").write_text(report, encoding="utf-8")
    write_csv(folder / "objectives.csv", rows)
    bars: Bars = {row["objective"]: {"decide": row["decide"]} for row in rows}
    write_bars(folder / "objectives.png", bars, "seconds to decide")
    print(f"\n{report}\nTables and plot: {folder}")


if __name__ == "__main__":
    main()
