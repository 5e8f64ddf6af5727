"""Files of samples in a second folder, without a second copy where the disk allows it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from camera_estimation.io import json_text, read_json, write_error, write_text, write_through
from camera_estimation.results import CAMERA_NAME, clear_sample, entry_from_file, entry_in_file, sample_folder


def link_sample(source: Path, target: Path, entry: dict[str, Any]) -> None:
    """The folder of a sample; of one that failed what was there is taken away.

    Links are safe: a file that changes is written anew under another name first.

    Args:
        source: The output folder that has it.
        target: That which is to have it.
        entry: Of the sample.

    Raises:
        InputError: A file cannot be read or written.
    """
    here, there = sample_folder(source, entry["name"]), sample_folder(target, entry["name"])
    if there.exists():
        clear_sample(there)
    if entry["status"] != "ok":
        return
    for folder, _, names in os.walk(here):
        for name in names:
            path = Path(folder, name)
            place = there / path.relative_to(here)
            if name == CAMERA_NAME and path.parent == here:
                tree = entry_from_file(read_json(path), here)
                write_text(place, json_text(entry_in_file(tree, there)) + "\n")
            else:
                _link(path, place)


def link_scene_pictures(source: Path, target: Path) -> None:
    """Those of images with several objects."""
    for path in source.glob("scene_*.png"):
        if path.is_file():
            _link(path, target / path.name)


def _link(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another disk, or one without links
            write_through(target, lambda place: shutil.copy2(source, place))
    except OSError as error:
        raise write_error(target, error) from error
