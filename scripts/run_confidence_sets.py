"""Run all that the confidence of estimates is fitted to: right inputs, rough ones, and wrong ones.

Usage: python scripts/run_confidence_sets.py DATA OUTPUT_DIR [--every 4] [--sets dev real_rgba ...] [--reference RUN]

DATA holds the data sets (dev, dev_gen, real, wild_dev, gen_real, video) with their ground truth. Each set of
confidence_fit/sets.py is one run of camera-estimate into OUTPUT_DIR/NAME; finished samples are skipped, so that an
interrupted call goes on where it stopped. Inputs that DATA does not hold (meshes without texture, masks that are
dilated, masks of other images, wrong meshes) are made in OUTPUT_DIR/inputs. With --every N each set has every Nth of
its pairs. OUTPUT_DIR/sets.csv lists the runs with their ground truth, for scripts/fit_confidence.py: a file or folder,
or the word "wrong" where nothing can be right. --reference names a run of gen_real whose poses were looked at and found
right; they are the truth of those.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from confidence_fit.sets import ConfidenceSet, SetMaker


def run_set(chosen: ConfidenceSet, output_dir: Path) -> Path:
    """Estimate the cameras of a set, those that are not there yet; gives the folder."""
    folder = output_dir / chosen.name
    table = output_dir / "inputs" / f"{chosen.name}.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["mesh", "image"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(
            {key: os.path.relpath(row[key], table.parent) for key in ("mesh", "image")} for row in chosen.rows
        )
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--pairs", str(table)]
    subprocess.run([*command, "--output_dir", str(folder), *chosen.flags], check=False)
    return folder


def write_table(path: Path, sets: Sequence[ConfidenceSet]) -> None:
    """The runs and their ground truth; those of earlier calls stay."""
    truths: dict[str, str] = {}
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            truths = {row["name"]: row["truth"] for row in csv.DictReader(file)}
    truths.update({chosen.name: chosen.truth for chosen in sets})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "truth"])
        writer.writerows(truths.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("output_dir", type=Path, metavar="OUTPUT_DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth pair of each set")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="of sets, instead of all")
    parser.add_argument("--reference", type=Path, metavar="RUN", help="poses of gen_real that are known to be right")
    arguments = parser.parse_args()
    reference = arguments.reference.resolve() if arguments.reference else None
    maker = SetMaker(arguments.data.resolve(), arguments.output_dir / "inputs", arguments.every, reference)
    sets = list(maker.sets())
    unknown = set(arguments.sets or ()) - {chosen.name for chosen in sets}
    if unknown:
        names = ", ".join(chosen.name for chosen in sets)
        parser.error(f"no set is called {' or '.join(sorted(unknown))}; there are {names}")
    sets = [chosen for chosen in sets if not arguments.sets or chosen.name in arguments.sets]
    write_table(arguments.output_dir / "sets.csv", sets)
    for number, chosen in enumerate(sets, start=1):
        print(f"[{number}/{len(sets)}] {chosen.name}: {len(chosen.rows)} pairs", flush=True)
        run_set(chosen, arguments.output_dir)


if __name__ == "__main__":
    main()
