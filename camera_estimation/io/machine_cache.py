"""The folder of what is kept on this machine from run to run: weights, views of meshes, copies of objects."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "CAMERA_ESTIMATION_CACHE"


def cache_folder() -> Path:
    """``$CAMERA_ESTIMATION_CACHE``, else ``$XDG_CACHE_HOME/camera-estimation``, else ``~/.cache/camera-estimation``.

    Raises:
        RuntimeError: The user has no home folder, as in containers.
    """
    own = os.environ.get(FOLDER_VARIABLE)
    return Path(own).expanduser() if own else cache_home() / "camera-estimation"


def cache_home() -> Path:
    """The folder of all programs' caches. Raises RuntimeError likewise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
