"""Kill a run again and again at random moments, resume it, and compare it with one that nobody disturbs.

Usage: python scripts/kill_runs.py OUTPUT_DIR [--kills 10] [--most 40] [--seed 0] FLAGS OF camera-estimate ...

A run is killed once a random number of further samples, up to --most, is finished, and up to a second later. Both
runs have the same flags but for --output_dir. Prints, after each kill, how many samples were finished, and in the
end whether poses.json has the same entries (but for the seconds that they took), and the folders the same files, with
none left that was being written. Exits with 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

LATER_SECONDS = 1.0  # at most, after the last of these samples
LOOK_SECONDS = 0.05


def run_command(flags: Sequence[str], folder: Path) -> list[str]:
    return [sys.executable, "-m", "camera_estimation.cli.estimate", *flags, "--output_dir", str(folder)]


def kill_once(flags: Sequence[str], folder: Path, further: int, later: float) -> bool:
    """Kill a run when so many further samples are finished, and some seconds later; whether it was still going on."""
    process = subprocess.Popen(run_command(flags, folder), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    least = count_finished(folder) + further
    while process.poll() is None and count_finished(folder) < least:
        time.sleep(LOOK_SECONDS)
    try:
        process.wait(later)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
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


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def compare_runs(killed: Path, whole: Path) -> list[str]:
    """Lines about what differs."""
    differing = []
    first, second = ([{**entry, "seconds": None} for entry in read_entries(folder)] for folder in (killed, whole))
    if first != second:
        names = [one["name"] for one, other in zip(first, second, strict=False) if one != other]
        differing.append(f"poses.json: {len(first)} and {len(second)} entries, of which differ: {', '.join(names)}")
    files, others = list_files(killed), list_files(whole)
    differing += [f"only in {killed}: {name}" for name in sorted({*files} - {*others})]
    differing += [f"only in {whole}: {name}" for name in sorted({*others} - {*files})]
    return differing


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--most", type=int, default=40, metavar="N", help="samples from kill to kill")
    arguments, flags = parser.parse_known_args(argv)
    killed, whole = arguments.output_dir / "killed", arguments.output_dir / "whole"
    chance, start = random.Random(arguments.seed), time.perf_counter()
    for number in range(arguments.kills):
        further, later = chance.randint(1, arguments.most), chance.uniform(0, LATER_SECONDS)
        state = "killed" if kill_once(flags, killed, further, later) else "was through"
        print(f"{number + 1}: {state}, {count_finished(killed)} finished", flush=True)
    for folder in (killed, whole):
        code = subprocess.run([*run_command(flags, folder), "--quiet"], check=False).returncode
        print(f"{folder}: code {code}, {count_finished(folder)} finished", flush=True)
    differing = compare_runs(killed, whole)
    print("\n".join(differing or ["equal"]), f"\n{time.perf_counter() - start:.0f} s")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
