"""Kill a run, or its workers, again and again at random moments, and compare it with one that nobody disturbs.

Usage: python scripts/kill_runs.py OUTPUT_DIR [--kill run|worker] [--kills 10] [--most 40] [--seed 0]
           [--part "FLAGS"] ... [--whole FOLDER] FLAGS OF camera-estimate ...

A process is killed once a random number of further samples, up to --most, is finished, and up to a second later: the
run itself, which is then started again, or a worker of it (--workers, --executor ray), while the run goes on. --part
has flags of the disturbed run alone; several make as many shards, each disturbed, which camera-merge puts together:

    python scripts/kill_runs.py out --kill worker --kills 3 --part "--executor ray --workers 2" --pairs pairs.csv
    python scripts/kill_runs.py out --part "--executor ray" --part "--workers 2" --part "--threads 1" --pairs pairs.csv

Poses are the same to the last digit where all processes have one thread, as with OMP_NUM_THREADS=1. Prints, after each
kill, how many samples were finished, and in the end whether poses.json has the same entries (but for the seconds that
they took), and the folders the same files, with none left that was being written, there or in the folder for temporary
files. Exits with 1 where they differ. --whole names the folder of an undisturbed run that there is already.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

LATER_SECONDS = 1.0  # at most, after the last of these samples
LOOK_SECONDS = 0.05
END_SECONDS = 20.0  # that the workers of a killed run, and what they leave, may take to vanish
WORKER_LINE = re.compile(r"ray::\w*Worker\b|spawn_main")  # in the command lines of workers
MOST_TOLD = 20  # files that one of two runs lacks
# Of its own, which it keeps when it is killed; its sockets want a short path.
RAY_FOLDER = "RAY_TMPDIR"


@dataclass(frozen=True)
class Disturbance:
    """What is killed, and when.

    Attributes:
        kind: The run, or a worker.
        kills: How often.
        most: Samples from kill to kill.
        chance: Of the moments.
    """

    kind: str
    kills: int
    most: int
    chance: random.Random


def run_command(flags: Sequence[str], folder: Path) -> list[str]:
    return [sys.executable, "-m", "camera_estimation.cli.estimate", *flags, "--output_dir", str(folder)]


def disturb(flags: Sequence[str], folder: Path, results: Path, how: Disturbance) -> int:
    """Run until nothing is left, and kill meanwhile; the exit code of the last run.

    Args:
        flags: Of the run.
        folder: Its output folder.
        results: Where its results are: another one for shards.
        how: What is killed.
    """
    process = start_run(flags, folder)
    for number in range(how.kills):
        wait_for_samples(process, results, how)
        victim = process if how.kind == "run" else choose_worker(process, how.chance)
        killed = victim is not None and process.poll() is None
        if killed and victim is not None:
            victim.kill()
            victim.wait()
        print(f"{number + 1}: {'killed' if killed else 'was through'}, {count_finished(results)} finished", flush=True)
        if killed and how.kind == "run":
            process = start_run(flags, folder)
    return process.wait()


def start_run(flags: Sequence[str], folder: Path) -> subprocess.Popen:
    return subprocess.Popen([*run_command(flags, folder), "--quiet"], stdout=subprocess.DEVNULL)


def wait_for_samples(process: subprocess.Popen, results: Path, how: Disturbance) -> None:
    """Until some further samples are finished, and some time later, or the run has ended."""
    least = count_finished(results) + how.chance.randint(1, how.most)
    while process.poll() is None and count_finished(results) < least:
        time.sleep(LOOK_SECONDS)
    try:
        process.wait(how.chance.uniform(0, LATER_SECONDS))
    except subprocess.TimeoutExpired:
        return


def choose_worker(process: subprocess.Popen, chance: random.Random) -> psutil.Process | None:
    """One of a run's workers; None: it has none any more."""
    found = []
    while process.poll() is None and not found:
        found = [child for child in list_offspring(process) if is_worker(child)]
        time.sleep(0 if found else LOOK_SECONDS)
    return chance.choice(found) if found else None


def list_offspring(process: subprocess.Popen) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_worker(process: psutil.Process) -> bool:
    try:
        return WORKER_LINE.search(" ".join(process.cmdline())) is not None
    except psutil.Error:
        return False


def count_finished(folder: Path) -> int:
    """Samples that poses.json or poses.jsonl have: the latter first, which is put into the former from time to time."""
    try:
        lines = (folder / "poses.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        lines = []
    entries = read_entries(folder) if (folder / "poses.json").is_file() else []
    return len({entry["name"] for entry in [*entries, *map(json.loads, lines)]})


def read_entries(folder: Path) -> list[dict]:
    return json.loads((folder / "poses.json").read_text(encoding="utf-8"))["poses"]


def comparable_entry(entry: dict) -> dict:
    """Without how long it took, and with absolute paths in the place of those from the folder."""
    mark = {"object": {**entry["object"], "mask": None}} if entry.get("object") else {}
    return {**entry, **mark, **entry.get("absolute_paths", {}), "seconds": None}


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def compare_runs(killed: Path, whole: Path) -> list[str]:
    """Lines about what differs."""
    differing = []
    first, second = (list(map(comparable_entry, read_entries(folder))) for folder in (killed, whole))
    if first != second:
        names = [one["name"] for one, other in zip(first, second, strict=False) if one != other]
        differing.append(f"poses.json: {len(first)} and {len(second)} entries, of which differ: {', '.join(names)}")
    files, others = {*list_files(killed)}, {*list_files(whole)}
    for folder, surplus in ((killed, files - others), (whole, others - files)):
        differing += [f"only in {folder}: {name}" for name in sorted(surplus)[:MOST_TOLD]]
        differing += [f"only in {folder}: {len(surplus) - MOST_TOLD} more"] if len(surplus) > MOST_TOLD else []
    return differing


@contextmanager
def temporary_files() -> Iterator[Path]:
    """A folder for the temporary files of all runs, and another one for those of Ray itself."""
    before = {name: os.environ.get(name) for name in ("TMPDIR", RAY_FOLDER)}
    own, ray = (Path(tempfile.mkdtemp(prefix="kill_")) for _ in before)
    os.environ.update({"TMPDIR": str(own), RAY_FOLDER: str(ray)})
    try:
        yield own
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        for folder in (own, ray):
            shutil.rmtree(folder, ignore_errors=True)


def list_left_over(folder: Path) -> list[str]:
    """Lines about temporary files that stay."""
    end = time.monotonic() + END_SECONDS
    while (names := sorted(path.name for path in folder.iterdir())) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
    return [f"a temporary file is left: {name}" for name in names]


def disturb_parts(flags: Sequence[str], parts: Sequence[str], folder: Path, how: Disturbance) -> None:
    """The run, or its shards one after the other, which are merged then."""
    for index, part in enumerate(parts, 1):
        shard = ["--shard", f"{index}/{len(parts)}"] if len(parts) > 1 else []
        results = folder / f"shard_{index}_of_{len(parts)}" if shard else folder
        code = disturb([*flags, *shlex.split(part), *shard], folder, results, how)
        print(f"{results}: code {code}, {count_finished(results)} finished", flush=True)
    if len(parts) > 1:
        merge = [sys.executable, "-m", "camera_estimation.cli.merge", str(folder)]
        print(f"{folder}: merged, code {subprocess.run(merge, check=False).returncode}", flush=True)
        for place in folder.glob("shard_*_of_*"):
            shutil.rmtree(place)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--kill", choices=("run", "worker"), default="run")
    parser.add_argument("--kills", type=int, default=10, metavar="N", help="of each part")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--most", type=int, default=40, metavar="N", help="samples from kill to kill")
    parser.add_argument("--part", action="append", default=[], metavar='"FLAGS"')
    parser.add_argument("--whole", type=Path, metavar="FOLDER")
    arguments, flags = parser.parse_known_args(argv)
    killed, whole = arguments.output_dir / "killed", arguments.whole or arguments.output_dir / "whole"
    how = Disturbance(arguments.kill, arguments.kills, arguments.most, random.Random(arguments.seed))
    start = time.perf_counter()
    with temporary_files() as temporary:
        disturb_parts(flags, arguments.part or [""], killed, how)
        if arguments.whole is None:
            code = subprocess.run([*run_command(flags, whole), "--quiet"], check=False).returncode
            print(f"{whole}: code {code}, {count_finished(whole)} finished", flush=True)
        differing = compare_runs(killed, whole) + list_left_over(temporary)
    print("\n".join(differing or ["equal"]), f"\n{time.perf_counter() - start:.0f} s")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
