"""A USD file opened in a process of its own, before this one does: damaged files end the process that reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from camera_estimation.errors import InputError

LONGEST = 600  # seconds
# Of address space, for the library itself and for what comes of each byte: a damaged length asks for gigabytes.
LIBRARY_BYTES, BYTES_OF_BYTE = 2 * 2**30, 256
# The current folder, which may be a stranger's, is not looked through for modules.
PROGRAM = (
    "import sys; sys.path[:] = [place for place in sys.path if place]; "
    "from camera_estimation.mesh._usd_trial import ask_for_all; ask_for_all(sys.argv[1])"
)
EXPORT = "copy it or export the mesh as GLB"
NOT_WHOLE = 3  # exit code of the process that opens it


def try_stage(path: Path) -> None:
    """Raises InputError if a file is no stage, ends the process that opens it, or takes it too long."""
    if not sys.executable:  # of programs that Python is a part of
        return
    command = [sys.executable, "-c", PROGRAM, os.fspath(path.resolve())]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(f"{path}: takes longer than {LONGEST} s to be opened; {EXPORT}") from None
    if done.returncode == NOT_WHOLE:
        raise InputError(f"{path}: is not a whole USD file; {EXPORT}")
    if done.returncode < 0 or done.returncode > 1:
        raise InputError(f"{path}: is damaged: it ends a process that reads it; {EXPORT}")


def ask_for_all(path: str) -> None:
    """Opens a stage and asks for all its values. Raises whatever usd-core does; exits where it is none."""
    from pxr import Tf, Usd

    _bound_memory(LIBRARY_BYTES + BYTES_OF_BYTE * Path(path).stat().st_size)
    try:
        stage = Usd.Stage.Open(path)
    except Tf.ErrorException:
        sys.exit(NOT_WHOLE)
    first = Usd.TimeCode(stage.GetStartTimeCode()) if stage.HasAuthoredTimeCodeRange() else Usd.TimeCode.Default()
    for prim in Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies()):
        for attribute in prim.GetAttributes():
            attribute.Get(first)


def _bound_memory(number: int) -> None:
    """Ends this process where it takes more bytes of address space, where the system has such a bound."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    own = number if most == resource.RLIM_INFINITY else min(number, most)
    resource.setrlimit(resource.RLIMIT_AS, (own, most))
