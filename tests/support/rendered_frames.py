"""Pictures along an orbit of the packaged example, as scripts/render_sequence.py makes them."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "render_sequence.py"


def render_frames(folder: Path, *flags: str) -> None:
    """The script's files, into the folder. In this process, which has torch already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(SCRIPT), str(folder), *flags])
        runpy.run_path(str(SCRIPT), run_name="__main__")
