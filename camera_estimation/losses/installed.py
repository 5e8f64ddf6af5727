"""Objectives of installed packages: entry points of the group ``camera_estimation.losses``."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import is_registered, register_loss

GROUP = "camera_estimation.losses"


_loaded = False


def load_installed() -> None:
    """Import what packages announce, once; one that cannot be imported is a line of warning, and costs nothing else.

    An entry point names a class, which is registered under the entry point's name unless its module registers it, or a
    module that registers its own.
    """
    global _loaded
    if _loaded:
        return
    _loaded = True
    for entry_point in entry_points(group=GROUP):
        try:
            _register(entry_point, entry_point.load())
        except (Exception, SystemExit) as error:
            origin = f" of {entry_point.dist.name}" if entry_point.dist else ""
            message = " ".join(f"{type(error).__name__}: {error}".split())
            logging.getLogger(__name__).warning("loss '%s'%s is left out: %s", entry_point.name, origin, message)


def _register(entry_point: EntryPoint, loaded: Any) -> None:
    if isinstance(loaded, type) and issubclass(loaded, LossObjective) and not is_registered(loaded):
        register_loss(entry_point.name, loaded)
