"""The programs in scripts/, and what they are made of, which tests import as modules."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))  # as for a program that is run from there


def load_script(name: str) -> ModuleType:
    """A module as programs there name it, such as ``kill_runs`` or ``fuzzing.child``."""
    return import_module(name)
