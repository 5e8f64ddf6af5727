"""Break sound files of every kind by chance, and see that readers answer with InputError and nothing else.

Usage: python scripts/fuzz_readers.py [--minutes 5] [--kinds glb,obj,video] [--seed 0] [--findings fuzz_findings]

Files are read in a child process with bounded memory. An error of another kind, a crash, an input that takes longer
than ``--seconds``, and memory that grows from input to input are findings: the input is kept with a line about what
happened, and the script ends with 1. Nothing measures coverage: what is broken, and how, is in
tests/support/mutations.py, the sound files in tests/support/reader_seeds.py.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

START_SECONDS = 300  # that the child may take to import what it needs, beside busy processes
WARM_UP, GROWTH_EVERY = 300, 100  # inputs: memory after the first is what later ones are compared with
MOST_GROWTH = 250_000_000  # bytes
MEGA = 1_000_000
READY, ERROR, DONE = "ready", "error", "done"


@dataclass
class Round:
    """What happened so far."""

    inputs: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)  # bytes, every ``GROWTH_EVERY`` inputs of one child


def main() -> int:
    arguments = parse_arguments()
    if arguments.child:
        return run_child(arguments)
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
    command += ["--memory", str(arguments.memory)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
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
                keep(arguments, place, told, f"hangs for more than {arguments.seconds:g} s")
                return
            if not line:
                child.wait()
                crash = (place / "stderr").read_text(errors="replace").strip().splitlines()
                keep(arguments, place, told, f"ends the process with {child.returncode}: {' '.join(crash[:3])[:300]}")
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


def take_line(arguments: argparse.Namespace, place: Path, told: Round, line: str) -> bool:
    """Whether the child goes on."""
    what, _, rest = line.strip().partition(" ")
    if what == ERROR:
        keep(arguments, place, told, rest, place / "error")
    elif what == DONE:
        kind, memory = rest.split()
        told.inputs[kind] += 1
        count = sum(told.inputs.values())
        if count % GROWTH_EVERY == 0:
            told.memory.append(int(memory))
        first = WARM_UP // GROWTH_EVERY
        if len(told.memory) > first and told.memory[-1] - told.memory[first] > MOST_GROWTH:
            grown = (told.memory[-1] - told.memory[first]) // MEGA
            keep(arguments, place, told, f"memory grew by {grown} MB over the inputs")
            return False
    return True


def keep(arguments: argparse.Namespace, place: Path, told: Round, line: str, source: Path | None = None) -> None:
    """A finding, with its input and the files beside it; one that was found before is not kept again."""
    if any(line[:120] in known for known in told.findings):
        return
    target = Path(arguments.findings) / f"finding_{len(told.findings):03d}_{os.getpid()}"
    shutil.copytree(source or place / "input", target, dirs_exist_ok=True)
    told.findings.append(f"{target.name} ({', '.join(sorted(path.name for path in target.iterdir()))}): {line}")
    (target / "what_happened.txt").write_text(line + "\n")
    print(told.findings[-1], flush=True)


def run_child(arguments: argparse.Namespace) -> int:
    """Reads one broken file after the other, and says so on stdout."""
    from camera_estimation.errors import InputError
    from tests.support.mutations import mutate
    from tests.support.reader_seeds import reader_seeds

    place = Path(arguments.child)
    (place / "seeds").mkdir()
    kinds = [kind for kind in arguments.kinds.split(",") if kind]
    seeds = [seed for seed in reader_seeds(place / "seeds") if not kinds or seed.kind in kinds]
    for seed in seeds:  # imports are not the input's fault
        read_broken(seed, seed.content, place / "input")
    limit_memory(arguments.memory)
    print(READY, flush=True)
    chance = random.Random(arguments.seed)
    names = sorted({seed.kind for seed in seeds})
    while True:
        kind = chance.choice(names)  # all as often, however many sound files each has
        seed = chance.choice([item for item in seeds if item.kind == kind])
        content = mutate(seed.content, chance)
        try:
            read_broken(seed, content, place / "input")
        except InputError as error:
            if len(str(error).splitlines()) != 1:
                tell_error(place, f"{seed.kind}: more than one line: {error!r}")
        except BaseException as error:
            calls = reversed(traceback.extract_tb(error.__traceback__)[-4:])
            where = " < ".join(f"{call.name}:{call.lineno}" for call in calls)
            tell_error(place, f"{seed.kind}: {type(error).__name__} {error} in {where}")
        print(DONE, seed.kind, own_memory(), flush=True)


def read_broken(seed, content: bytes, folder: Path) -> None:
    """Writes a file with those beside it, and reads it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, other in seed.beside.items():
        (folder / name).write_bytes(other)
    (folder / seed.name).write_bytes(content)
    seed.read(folder / seed.name)


def tell_error(place: Path, line: str) -> None:
    shutil.rmtree(place / "error", ignore_errors=True)
    shutil.copytree(place / "input", place / "error")
    print(ERROR, " ".join(line.split())[:400], flush=True)


def limit_memory(megabytes: int) -> None:
    """Where the system can: what does not fit is an error then, and nobody else's process is ended for it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGA, megabytes * MEGA))


def own_memory() -> int:
    """Bytes that are resident, 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
