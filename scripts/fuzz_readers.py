"""Break sound files of every kind, and see that readers answer with InputError and nothing else.

Usage: python scripts/fuzz_readers.py [--minutes 5] [--kinds glb,obj,video] [--seed 0] [--findings fuzz_findings]
           [--engine atheris|chance]

Files are read in a child process with bounded memory. An error of another kind, a crash, and an input that takes longer
than ``--seconds`` are findings: the input is kept with a line about what happened, and the script ends with 1. With
atheris (pip install atheris), which is taken where it is installed, files that reach new lines of the readers are
broken further; else each is a sound one that is broken once, by chance, and memory that grows from input to input is a
finding too (atheris keeps inputs itself). How files are broken is in tests/support/mutations.py, the sound ones are in
tests/support/reader_seeds.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fuzzing import DONE, ERROR, MEGA, guided  # noqa: E402

START_SECONDS = 300  # that the child may take to import what it needs, beside busy processes
WARM_UP, GROWTH_EVERY = 300, 100  # inputs: memory after the first is what later ones are compared with
MOST_GROWTH = 250_000_000  # bytes
ATHERIS, CHANCE = "atheris", "chance"


@dataclass
class Round:
    """What happened so far."""

    inputs: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)  # bytes, every ``GROWTH_EVERY`` inputs of one child


def main() -> int:
    arguments = parse_arguments()
    if arguments.child:
        run_child(arguments)
    Path(arguments.findings).mkdir(parents=True, exist_ok=True)
    end, seed, told = time.monotonic() + 60 * arguments.minutes, arguments.seed, Round()
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            watch_child(arguments, seed, Path(folder), end, told)
            seed += 1
    total = sum(told.inputs.values())
    print(f"{total} inputs: {', '.join(f'{kind} {count}' for kind, count in sorted(told.inputs.items()))}")
    print(f"{len(told.findings)} findings" + "".join(f"\n  {line}" for line in told.findings))
    return 1 if told.findings else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="How long in all. Default: 5.")
    parser.add_argument("--kinds", default="", help="Of files, with commas. Default: all.")
    installed = importlib.util.find_spec("atheris") is not None
    parser.add_argument("--engine", choices=(ATHERIS, CHANCE), default=ATHERIS if installed else CHANCE)
    parser.add_argument("--seed", type=int, default=0, help="Of what is broken. Default: 0.")
    parser.add_argument("--findings", default="fuzz_findings", help="Folder of inputs that are findings.")
    parser.add_argument("--seconds", type=float, default=20.0, help="That one input may take. Default: 20.")
    parser.add_argument("--memory", type=int, default=6000, help="Megabytes of address space of the child.")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def watch_child(arguments: argparse.Namespace, seed: int, folder: Path, end: float, told: Round) -> None:
    """One child, until its time is over or it is a finding itself."""
    place = folder / f"child_{seed}"
    place.mkdir()
    command = [sys.executable, __file__, "--child", str(place), "--seed", str(seed), "--kinds", arguments.kinds]
    command += ["--memory", str(arguments.memory), "--engine", arguments.engine]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONFAULTHANDLER": "1"}
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=(place / "stderr").open("wb"), env=environment, text=True
    )
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=pass_lines, args=(child.stdout, lines), daemon=True).start()
    told.memory, patience, started = [], float(START_SECONDS), False
    try:
        while time.monotonic() < end:
            try:
                line = lines.get(timeout=patience if started else max(0.0, min(patience, end - time.monotonic())))
            except queue.Empty:
                if not started:
                    print("the readers were not ready in time", flush=True)
                    return
                keep(arguments, told, f"hangs for more than {arguments.seconds:g} s", place / "input")
                return
            if not line:
                child.wait()
                crash = read_crash(place / "stderr")
                if not started:
                    raise SystemExit("\n".join([*crash[-3:], "the readers could not be started"]))
                ended = f"ends the process with {child.returncode}: {' '.join(crash[:3])[:300]}"
                keep(arguments, told, ended, place / "input")
                return
            patience, started = arguments.seconds, True
            if not take_line(arguments, place, told, line):
                return
    finally:
        child.kill()
        child.wait()
        shutil.rmtree(place, ignore_errors=True)


def pass_lines(stream: IO[str], lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def read_crash(stderr: Path) -> list[str]:
    """Without what atheris says when it starts."""
    lines = stderr.read_text(errors="replace").strip().splitlines()
    return [line for line in lines if not line.startswith(("INFO:", "WARNING:"))]


def take_line(arguments: argparse.Namespace, place: Path, told: Round, line: str) -> bool:
    """Whether the child goes on."""
    what, _, rest = line.strip().partition(" ")
    if what == ERROR:
        keep(arguments, told, rest, place / "error")
    elif what == DONE:
        kind, memory = rest.split()
        told.inputs[kind] += 1
        count = sum(told.inputs.values())
        if count % GROWTH_EVERY == 0:
            told.memory.append(int(memory))
        first = WARM_UP // GROWTH_EVERY
        grows = arguments.engine == CHANCE  # atheris keeps inputs itself
        if grows and len(told.memory) > first and told.memory[-1] - told.memory[first] > MOST_GROWTH:
            grown = (told.memory[-1] - told.memory[first]) // MEGA
            keep(arguments, told, f"memory grew by {grown} MB over the inputs")
            return False
    return True


def keep(arguments: argparse.Namespace, told: Round, line: str, source: Path | None = None) -> None:
    """A finding, with its input and the files beside it; one that was found before is not kept again."""
    if any(line[:120] in known for known in told.findings):
        return
    target = Path(arguments.findings) / f"finding_{len(told.findings):03d}_{os.getpid()}"
    target.mkdir(exist_ok=True)
    if source is not None:
        shutil.copytree(source, target, dirs_exist_ok=True)
    told.findings.append(f"{target.name} ({', '.join(sorted(path.name for path in target.iterdir()))}): {line}")
    (target / "what_happened.txt").write_text(line + "\n")
    print(told.findings[-1], flush=True)


def run_child(arguments: argparse.Namespace) -> None:
    """Reads broken files without end: in folders of its own, but for the corpus of all children."""
    place = Path(arguments.child)
    (place / "seeds").mkdir()
    kinds = [kind for kind in arguments.kinds.split(",") if kind]
    with guided.count_lines() if arguments.engine == ATHERIS else nullcontext():
        from fuzzing.child import Child, read_by_chance

        from tests.support.reader_seeds import reader_seeds

        seeds = [seed for seed in reader_seeds(place / "seeds") if not kinds or seed.kind in kinds]
        child = Child(place, seeds, arguments.memory)
    if arguments.engine == CHANCE:
        read_by_chance(child, arguments.seed)
    corpus = place.parent / "corpus"
    corpus.mkdir(exist_ok=True)
    guided.read_guided(child, arguments.seed, corpus)


if __name__ == "__main__":
    sys.exit(main())
