"""The process that reads one broken file after the other, and says on stdout what happened."""

from __future__ import annotations

import os
import random
import shutil
import traceback
from collections.abc import Sequence
from pathlib import Path

from camera_estimation.configuration import LimitsConfig
from camera_estimation.errors import InputError
from camera_estimation.io import use_limits
from fuzzing import DONE, ERROR, MEGA, READY
from tests.support.mutations import mutate
from tests.support.reader_seeds import Seed

MEGAPIXELS = 100.0  # fewer than by default: pictures within the limit have to fit into the memory


class Child:
    """Reads broken files in a folder of its own.

    Args:
        place: The folder; its files ``input`` and ``error`` are of the input at hand, and of the last finding.
        seeds: Sound files.
        memory: Megabytes of address space.
    """

    def __init__(self, place: Path, seeds: Sequence[Seed], memory: int) -> None:
        self.place, self.seeds = place, list(seeds)
        for seed in self.seeds:  # imports are not the input's fault
            self._read(seed, seed.content)
        use_limits(LimitsConfig(picture_megapixels=MEGAPIXELS))
        limit_memory(memory)

    def try_input(self, seed: Seed, content: bytes) -> None:
        """Read a file in the place of a sound one, and tell what came of it."""
        try:
            self._read(seed, content)
        except InputError:
            pass  # one line, as all of its kind
        except BaseException as error:
            calls = reversed(traceback.extract_tb(error.__traceback__)[-4:])
            where = " < ".join(f"{call.name}:{call.lineno}" for call in calls)
            self._tell_error(f"{seed.kind}: {type(error).__name__} {error} in {where}")
        print(DONE, seed.kind, own_memory(), flush=True)

    def _read(self, seed: Seed, content: bytes) -> None:
        folder = self.place / "input"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, other in seed.beside.items():
            (folder / name).write_bytes(other)
        (folder / seed.name).write_bytes(content)
        seed.read(folder / seed.name)

    def _tell_error(self, line: str) -> None:
        shutil.rmtree(self.place / "error", ignore_errors=True)
        shutil.copytree(self.place / "input", self.place / "error")
        print(ERROR, " ".join(line.split())[:400], flush=True)


def read_by_chance(child: Child, number: int) -> None:
    """Without end.

    Args:
        child: Reads.
        number: Seed of what is broken.
    """
    chance = random.Random(number)
    kinds = sorted({seed.kind for seed in child.seeds})
    print(READY, flush=True)
    while True:
        kind = chance.choice(kinds)  # all as often, however many sound files each has
        seed = chance.choice([item for item in child.seeds if item.kind == kind])
        child.try_input(seed, mutate(seed.content, chance))


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
