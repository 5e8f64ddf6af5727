"""The folder of a sample's maps, which belong to its camera and go with it."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from camera_estimation.export import MAP_FORMATS, MAP_KINDS, MESH_NAME

MAPS_FOLDER = "maps"


def remove_maps(folder: Path) -> None:
    """Take away the maps in a sample's folder, which are of an earlier camera; other files stay."""
    own = re.compile(rf"({'|'.join(MAP_KINDS)})(_\d+)?\.({'|'.join(MAP_FORMATS)})|{re.escape(MESH_NAME)}")
    with contextlib.suppress(OSError):  # there are none, or files of others
        for path in [path for path in (folder / MAPS_FOLDER).iterdir() if own.fullmatch(path.name)]:
            path.unlink()
        (folder / MAPS_FOLDER).rmdir()
