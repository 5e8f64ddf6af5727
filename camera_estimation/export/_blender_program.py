"""Blender as another process: the program, or the package bpy in a Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from camera_estimation.errors import InputError

REMEDY = (
    "needs Blender: pip install 'camera-estimation[blender]' (Python 3.11), or name Blender or a Python that has bpy "
    "with --option blender.program=PATH"
)


def find_blender(given: str | None) -> list[str] | None:
    """The command that runs a script in Blender, without the script; None: there is no Blender here.

    Args:
        given: Path or name of Blender or of a Python that has bpy; None: this Python, else the program blender.

    Raises:
        InputError: What was given is no program.
    """
    if given is not None:
        program = shutil.which(given)
        if program is None:
            raise InputError(f"--option blender.program={given}: no such program; give the path of Blender or a Python")
        return _command(program)
    if find_spec("bpy") is not None:
        return [sys.executable]
    program = shutil.which("blender")
    return None if program is None else _command(program)


def run_script(command: list[str], script: Path, blend: Path) -> None:
    """Write a .blend file by the script that builds it.

    Raises:
        InputError: Blender did not; one line.
    """
    blend.unlink(missing_ok=True)
    try:
        done = subprocess.run(
            [*command, str(script), "--", "--save", str(blend)], capture_output=True, text=True, errors="replace"
        )
    except OSError as error:
        raise InputError(f"{command[0]}: cannot be run ({error.strerror}); {REMEDY}") from error
    if done.returncode != 0 or not blend.is_file():
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if "Error" in line] or lines or ["without a word"]
        raise InputError(f"{script}: Blender did not build the scene ({errors[-1]}); {REMEDY}")


def _command(program: str) -> list[str]:
    if "python" in Path(program).name.lower():
        return [program]
    return [program, "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
