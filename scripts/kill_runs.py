"""Kill a run again and again at random moments, resume it, and compare it with one that nobody disturbs.

Usage: python scripts/kill_runs.py OUTPUT_DIR [--kills 10] [--seed 0] [--longest 20] FLAGS OF camera-estimate ...

Both runs have the same flags but for --output_dir. Prints, after each kill, how many samples were finished, and in the
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

LEAST_SECONDS = 2.0  # from the start of a run to its end by force


def run_command(flags: Sequence[str], folder: Path) -> list[str]:
    return [sys.executable, "-m", "camera_estimation.cli.estimate", *flags, "--output_dir", str(folder)]


def kill_once(flags: Sequence[str], folder: Path, seconds: float) -> bool:
    """Whether the run was still going on by then."""
    process = subprocess.Popen(run_command(flags, folder), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def count_finished(folder: Path) -> int:
    """Samples that poses.json or poses.jsonl have."""
    entries = read_entries(folder) if (folder / "poses.json").is_file() else []
    journal = folder / "poses.jsonl"
    lines = journal.read_bytes().split(b"\n")[:-1] if journal.is_file() else []
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
    parser.add_argument("--longest", type=float, default=20.0, metavar="SECONDS", help="from start to kill")
    arguments, flags = parser.parse_known_args(argv)
    killed, whole = arguments.output_dir / "killed", arguments.output_dir / "whole"
    chance, start = random.Random(arguments.seed), time.perf_counter()
    for number in range(arguments.kills):
        seconds = chance.uniform(LEAST_SECONDS, arguments.longest)
        was_going = kill_once(flags, killed, seconds)
        state = f"killed after {seconds:.1f} s" if was_going else "was through"
        print(f"{number + 1}: {state}, {count_finished(killed)} finished", flush=True)
    for folder in (killed, whole):
        code = subprocess.run([*run_command(flags, folder), "--quiet"], check=False).returncode
        print(f"{folder}: code {code}, {count_finished(folder)} finished", flush=True)
    differing = compare_runs(killed, whole)
    print("\n".join(differing or ["equal"]), f"\n{time.perf_counter() - start:.0f} s")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
