"""Broken files that atheris chooses: what reaches new lines of the readers is broken further.

Reference:
    Atheris, and libFuzzer below it, whose flags these are: https://llvm.org/docs/LibFuzzer.html.
"""

from __future__ import annotations

import os
import random
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from fuzzing import READY

if TYPE_CHECKING:  # what is imported here is not counted
    from fuzzing.child import Child

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("camera_estimation", "trimesh", "collada", "PIL")  # whose lines are counted, as far as they are Python
HEAD = 2  # bytes before the content: the number of the sound file that is broken
BY_CHANCE = 0.5  # of inputs: broken as without atheris, which knows nothing of documents and containers
MOST_BYTES = 1 << 18  # of an input
FLAGS = (
    *(f"-max_len={MOST_BYTES}", "-len_control=0", "-verbosity=0"),
    *("-rss_limit_mb=0", "-timeout=1000000", "-detect_leaks=0"),  # who started the process looks after these
)


def count_lines() -> AbstractContextManager:
    """Modules that are imported within are counted; those of compiled kernels stay as they are."""
    import atheris

    paths = (ROOT / "camera_estimation").rglob("*.py")
    kernels = [module_name(path) for path in paths if "numba" in path.read_text(encoding="utf-8")]
    return atheris.instrument_imports(include=list(PACKAGES), exclude=kernels)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def read_guided(child: Child, number: int, corpus: Path) -> None:
    """Without end.

    Args:
        child: Reads.
        number: Seed of what is broken.
        corpus: Folder of inputs that reached something new, which the next process goes on with.
    """
    import atheris

    for index, seed in enumerate(child.seeds):
        (corpus / f"seed_{index}").write_bytes(index.to_bytes(HEAD, "big") + seed.content)

    def read(data: bytes) -> None:
        child.try_input(child.seeds[int.from_bytes(data[:HEAD], "big") % len(child.seeds)], data[HEAD:])

    def change(data: bytes, most: int, turn: int) -> bytes:
        from tests.support.mutations import mutate

        chance = random.Random(turn)
        if len(data) < HEAD or chance.random() > BY_CHANCE:
            return atheris.Mutate(data, most)
        return (data[:HEAD] + mutate(data[HEAD:], chance))[:most]

    print(READY, flush=True)
    flags = [*FLAGS, f"-seed={number + 1}", f"-artifact_prefix={child.place}{os.sep}"]
    atheris.Setup([sys.argv[0], str(corpus), *flags], read, custom_mutator=change)
    atheris.Fuzz()
