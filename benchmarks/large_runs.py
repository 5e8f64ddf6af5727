"""Runs of very many samples: what each command takes that reads or writes the results of all of them.

Usage: python -m benchmarks.large_runs [--samples 100000] [--folder FOLDER] [--only NAME ...] [--quick]

One small image of the packaged example is estimated; its result is then that of as many samples as are asked for, with
entries of their own, every tenth doubtful, and their files as hard links. Nothing else is estimated. "peak" is the most
memory that the command held. With --folder what was made stays there, and serves the next time.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from benchmarks.report import machine_line, markdown_table, write_csv
from benchmarks.workers import SMALLEST
from camera_estimation.batch import EXAMPLE_SAMPLE
from camera_estimation.results import JOURNAL_NAME, POSES_NAME, PoseJournal, RunEntries

COLUMNS = {"command": "command", "wall_s": "wall, s", "cpu_s": "CPU, s", "peak_mb": "peak, MB"}
SAMPLES, QUICK_SAMPLES = 100_000, 200
SIDE = 64  # pixels of the image
DOUBTFUL_EVERY = 10
LINKS = 20_000  # to one file, of which file systems allow tens of thousands
SHARDS = 2
FORMATS = ("csv", "tum", "colmap", "nerfstudio", "instant-ngp", "bop", "opencv", "pytorch3d", "v2m4", "report")
MEGABYTE_IN_KILOBYTES = 1024


class LargeRun:
    """The files of a finished run of many samples, and the commands about it.

    Args:
        folder: Of all files.
        samples: How many there are.
    """

    def __init__(self, folder: Path, samples: int) -> None:
        self.folder, self.samples = folder, samples
        self.run, self.pairs, self.settings = folder / "run", folder / "pairs.csv", folder / "settings.toml"

    @property
    def commands(self) -> dict[str, list[str]]:
        """The arguments of Python, by what they do."""
        start = [*_program("estimate"), *self._estimate_flags(self.run), "--pairs"]
        shards = [str(folder) for folder in self._shard_folders()]
        named: dict[str, list[str]] = {
            "start": [*start, str(self.pairs)],
            "start after a kill": [*start, str(self.pairs)],
            "one more sample": [*start, str(self.folder / "more.csv")],
            "evaluate": [*_program("evaluate"), "--poses", str(self.run), "--ground_truth", str(self.pairs)],
            "merge": [*_program("merge"), *shards, "--output_dir", str(self.folder / "merged"), "--quiet"],
        }
        for name in FORMATS:
            flags = ["--format", name, "--output_dir", str(self.folder / "export"), "--quiet"]
            flags += ["--option", "colmap.pictures=link"] if name == "colmap" else []
            named[f"export {name}"] = [*_program("export"), str(self.run), *flags]
        return named

    def make(self) -> None:
        """All files, by one estimate."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings.write_text(SMALLEST, encoding="utf-8")
        picture = self.folder / "spot.png"
        with Image.open(EXAMPLE_SAMPLE.image_path) as image:
            image.resize((SIDE, SIDE)).save(picture)
        source = self.folder / "source"
        pair = self.folder / "pair.csv"
        pair.write_text(f"mesh,image\n{EXAMPLE_SAMPLE.mesh_path},{picture}\n", encoding="utf-8")
        flags = [*self._estimate_flags(source), "--pairs", str(pair)]
        subprocess.run([sys.executable, *_program("estimate"), *flags], check=True)
        (entry,) = RunEntries(source)
        shutil.copy(source / "spot" / "camera.json", self.folder / "truth.json")
        self._write_pairs()
        for place, names in self._folders().items():
            self._write_run(place, names, entry, source)

    def prepare(self, command: str) -> None:
        """Bring the files into the state that a command is to find."""
        poses, journal = self.run / POSES_NAME, self.run / JOURNAL_NAME
        if command == "start after a kill":
            with journal.open("w", encoding="utf-8") as stream:
                for entry in json.loads(poses.read_text(encoding="utf-8"))["poses"]:
                    stream.write(json.dumps(entry) + "\n")
            poses.unlink()
        elif command == "one more sample":
            shutil.rmtree(self.run / "another", ignore_errors=True)
        elif command == "merge":
            shutil.rmtree(self.folder / "merged", ignore_errors=True)

    def _estimate_flags(self, output: Path) -> list[str]:
        flags = ["--config", str(self.settings), "--output_dir", str(output), "--fov_deg", "40"]
        return [*flags, "--device=cpu", "--no_pictures", "--quiet"]

    def _names(self) -> list[str]:
        return [f"sample_{number:06d}" for number in range(self.samples)]

    def _shard_folders(self) -> list[Path]:
        return [self.folder / f"shard_{number}_of_{SHARDS}" for number in range(1, SHARDS + 1)]

    def _folders(self) -> dict[Path, list[str]]:
        """The names of samples by the folder of their run, and of each shard."""
        names = self._names()
        return {self.run: names, **{place: names[at::SHARDS] for at, place in enumerate(self._shard_folders())}}

    def _write_pairs(self) -> None:
        images, names = self.folder / "images", self._names()
        images.mkdir(exist_ok=True)
        links = _Links(self.folder / "spot.png")
        for name in [*names, "another"]:
            links.put(images / f"{name}.png")
        for path, listed in ((self.pairs, names), (self.folder / "more.csv", [*names, "another"])):
            with path.open("w", newline="", encoding="utf-8") as file:
                rows = ((EXAMPLE_SAMPLE.mesh_path, f"images/{name}.png", "truth.json") for name in listed)
                csv.writer(file).writerows([("mesh", "image", "gt"), *rows])

    def _write_run(self, place: Path, names: Sequence[str], entry: dict[str, Any], source: Path) -> None:
        files = [_Links(path) for path in sorted((source / "spot").iterdir())]
        journal = PoseJournal(place, names)
        for number, name in enumerate(names):
            journal.record(self._entry_of(name, number, entry))
            (place / name).mkdir(parents=True)
            for links in files:
                links.put(place / name / links.path.name)
        journal.close()
        shutil.copy(source / "run.json", place / "run.json")
        if place != self.run:
            self._write_shard(place, names)

    def _entry_of(self, name: str, number: int, entry: dict[str, Any]) -> dict[str, Any]:
        image = str(self.folder / "images" / f"{name}.png")
        verdict = "good" if number % DOUBTFUL_EVERY else "doubtful"
        return {**entry, "name": name, "image": image, "verdict": verdict}

    def _write_shard(self, place: Path, names: Sequence[str]) -> None:
        at = self._shard_folders().index(place)
        places = {name: at + SHARDS * number for number, name in enumerate(names)}
        tree = {"format": "camera-estimation/shard", "version": 1, "index": at + 1, "count": SHARDS}
        text = json.dumps({**tree, "total": self.samples, "places": places})
        (place / "shard.json").write_text(text, encoding="utf-8")


class _Links:
    """Hard links to a file, by way of as many copies as it takes."""

    def __init__(self, path: Path) -> None:
        self.path, self._count, self._source = path, 0, path

    def put(self, place: Path) -> None:
        if self._count == LINKS:
            shutil.copy2(self.path, place)
            self._source, self._count = place, 0
            return
        os.link(self._source, place)
        self._count += 1


def _program(name: str) -> list[str]:
    return ["-m", f"camera_estimation.cli.{name}"]


def measure_command(arguments: Sequence[str], log: Path) -> tuple[dict[str, float], int]:
    """What a Python program takes, and its exit code; its lines go into ``log``."""
    start = time.perf_counter()
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, *arguments], stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    taken = {
        "wall_s": time.perf_counter() - start,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / MEGABYTE_IN_KILOBYTES,
    }
    return taken, os.waitstatus_to_exitcode(status)


def measure_commands(large: LargeRun, only: Sequence[str]) -> list[dict[str, str | float]]:
    """A row for each command, or for those that are named by the beginning of their names."""
    rows: list[dict[str, str | float]] = []
    for name, arguments in large.commands.items():
        if only and not name.startswith(tuple(only)):
            continue
        large.prepare(name)
        log = large.folder / f"{name.replace(' ', '_')}.log"
        taken, code = measure_command(arguments, log)
        if code:
            raise SystemExit(f"error: {name} ended with code {code}: {log.read_text(errors='replace')[-300:]}")
        rows.append({"command": name, **taken})
        told = ", ".join(f"{COLUMNS[key]} {value:.1f}" for key, value in taken.items())
        print(f"{name}: {told}", file=sys.stderr, flush=True)
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=SAMPLES, metavar="N")
    parser.add_argument("--folder", type=Path, help="where the run is made; by default a temporary folder")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="commands whose names begin so")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/large_runs"))
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SAMPLES} samples")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        samples = QUICK_SAMPLES if arguments.quick else arguments.samples
        large = LargeRun((arguments.folder or Path(name)).resolve(), samples)
        if not large.pairs.exists():
            large.make()
        rows = measure_commands(large, arguments.only)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    write_csv(arguments.output_dir / "large_runs.csv", rows)
    report = f"{machine_line(torch.device('cpu'))}\n\n{samples} samples\n\n{markdown_table(COLUMNS, rows)}\n"
    (arguments.output_dir / "large_runs.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
