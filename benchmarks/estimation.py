"""Whole estimates under several presets side by side: success, time and memory.

Usage: python -m benchmarks.estimation [--presets default v2m4 ...] [--upright]
       python -m benchmarks.estimation --pairs pairs.csv --intrinsics intrinsics.json [--max_samples N]

Samples are renders with known cameras of the packaged example and of a generated ball, from random directions with
random roll (without it, if --upright). Our own renderer draws them: easy images, which only a wrong search or
refinement misses. --pairs names others in a CSV file with the columns mesh, image and gt (a JSON file with
world_to_camera). A preset is a name or a TOML file; with :pytorch3d after it, PyTorch3D's rasteriser draws.

"seconds" is the median time of an image from its files to its camera: reading mesh and image, setting up, estimating;
nothing is kept from one image to the next, and no results are written. "CPU seconds" are those of all threads. "ratio"
is the time over that of the first preset. Each preset has a process of its own, so that the peaks of memory are apart,
and after a warm-up they take turns image by image, so that other work on the machine meets all alike; still compare
numbers of one run only. An image is a success within the angle and that many percent of the mesh's diameter; failed
images count as misses. Symmetries are not taken into account.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.estimates.runs import Job, run_side_by_side
from benchmarks.estimates.samples import Sample, make_samples, read_samples
from benchmarks.report import machine_line, markdown_table, with_ratios, write_csv
from camera_estimation.batch import check_runnable
from camera_estimation.configuration import Configuration, load_preset, resolve_device
from camera_estimation.errors import InputError

SUCCESS = (5, 2, 1)  # degrees, and percent of the diameter
PRESET_COLUMNS = {
    "preset": "preset",
    "images": "images",
    **{f"success_{bound}": f"within {bound}° and {bound} %" for bound in SUCCESS},
    "median_rotation_error_deg": "median error, °",
    "seconds": "seconds",
    "ratio": "ratio",
    "cpu_seconds": "CPU seconds",
    "peak_gib": "peak memory, GiB",
}


def load_configuration(preset: str, arguments: argparse.Namespace) -> Configuration:
    """The configuration of "NAME" or "NAME:RENDERER"."""
    name, _, renderer = preset.partition(":")
    config = load_preset(name)
    config = replace(config, device=arguments.device, renderer=renderer or config.renderer)
    if arguments.loss_type:
        config = replace(config, loss=replace(config.loss, name=arguments.loss_type))
    check_runnable(config)
    return config


def preset_summary(preset: str, rows: Sequence[dict[str, Any]], peak: float | None) -> dict[str, Any]:
    errors = [(row["rotation_error_deg"], row["translation_error_percent"]) for row in rows if not row["error"]]
    within = {f"success_{bound}": sum(max(error) <= bound for error in errors) / len(rows) for bound in SUCCESS}
    return {
        "preset": preset,
        "images": len(rows),
        **within,
        "median_rotation_error_deg": statistics.median(error[0] for error in errors) if errors else None,
        "seconds": statistics.median(row["seconds"] for row in rows),
        "cpu_seconds": statistics.median(row["cpu_seconds"] for row in rows if not row["error"]) if errors else None,
        "peak_gib": peak,
    }


def compare_presets(arguments: argparse.Namespace, samples: Sequence[Sample]) -> str:
    """Run every preset; write the CSV files and return the table."""
    configurations = {preset: load_configuration(preset, arguments) for preset in arguments.presets}
    found = run_side_by_side(
        {preset: [Job(config, sample) for sample in samples] for preset, config in configurations.items()}
    )
    summaries = with_ratios([preset_summary(preset, rows, peak) for preset, (rows, peak) in found.items()])
    details = [{"preset": preset, **row} for preset, (rows, _) in found.items() for row in rows]
    keys = list(dict.fromkeys(key for row in details for key in row))
    write_csv(arguments.output_dir / "images.csv", [{key: row.get(key) for key in keys} for row in details])
    write_csv(arguments.output_dir / "presets.csv", summaries)
    return markdown_table(PRESET_COLUMNS, [with_percent(row) for row in summaries])


def with_percent(row: dict[str, Any]) -> dict[str, Any]:
    return row | {key: f"{100 * value:.0f} %" for key, value in row.items() if key.startswith("success")}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=["default", "fast"], metavar="PRESET")
    parser.add_argument("--pairs", type=Path, metavar="FILE.csv")
    parser.add_argument("--intrinsics", type=Path, metavar="FILE.json")
    parser.add_argument("--max_samples", type=int, metavar="N", help="only the first N images")
    parser.add_argument("--views", type=int, default=5, metavar="N", help="of each mesh, of samples that are made")
    parser.add_argument("--upright", action="store_true", help="no roll in samples that are made; v2m4 looks for none")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the samples that are made")
    parser.add_argument("--loss_type", metavar="NAME", help="instead of the presets' objectives")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/estimation"))
    arguments = parser.parse_args(argv)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as made:
            report = build_report(arguments, Path(made))
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    (arguments.output_dir / "estimation.md").write_text(report, encoding="utf-8")
    print(f"\n{report}\nTables: {arguments.output_dir}")


def build_report(arguments: argparse.Namespace, folder: Path) -> str:
    """The machine and the table; ``folder`` receives the samples that are made."""
    if arguments.pairs:
        samples = read_samples(arguments.pairs, arguments.intrinsics)
    else:
        samples = make_samples(folder, arguments.views, arguments.seed, arguments.upright)
    machine = machine_line(resolve_device(arguments.device))
    return f"{machine}\n\n{compare_presets(arguments, samples[: arguments.max_samples])}\n"


if __name__ == "__main__":
    main()
