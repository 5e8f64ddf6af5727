"""How many texels the textures of one mesh have together, counted while its file is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.io import check_limit

MEGA = 1_000_000
SMALLER = "make its textures smaller"


@dataclass
class _Budget:
    path: Path
    texels: int = 0


_budget: ContextVar[_Budget | None] = ContextVar("texture_budget", default=None)


@contextmanager
def count_textures(path: Path) -> Iterator[None]:
    """Counts the textures of a file that are read meanwhile, in this thread."""
    token = _budget.set(_Budget(path))
    try:
        yield
    finally:
        _budget.reset(token)


def count_texels(texels: int) -> None:
    """One texture more, as it is drawn. Raises InputError where they are beyond ``limits.textures_megapixels``."""
    budget = _budget.get()
    if budget is not None:
        budget.texels += texels
        check_limit("textures_megapixels", budget.texels / MEGA, budget.path, "megapixels of textures", SMALLER)
