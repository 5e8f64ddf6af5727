"""Files that may have one of several names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from camera_estimation.io.cloud import is_object, look_up_objects
from camera_estimation.io.limits import names_file


def find_named_files(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Those of the names that a folder has a file of, in their order.

    On this machine paths are only made of those that are there: a list of very many samples asks for a dozen names for
    each, of which there are mostly none, and making paths takes longer than asking.

    Args:
        folder: Where they may be, on this machine or in cloud storage; it need not exist.
        names: Without folders.

    Raises:
        InputError: Cloud storage cannot be asked.
    """
    if is_object(folder):
        places = [folder / name for name in names]
        look_up_objects(places)
        return filter(names_file, places)
    text = os.fspath(folder)
    return (folder / name for name in names if os.path.isfile(os.path.join(text, name)))
