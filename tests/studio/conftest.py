from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.small_samples import write_box, write_disc
from tests.support.studio_server import StudioServer, run_studio


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder of a mesh and pictures, one of them a link out of it, beside a file that is not given."""
    folder = tmp_path_factory.mktemp("place")
    write_box(folder / "given" / "box.glb")
    write_disc(folder / "given" / "box_01.png")
    write_disc(folder / "outside.png")
    os.symlink(folder / "outside.png", folder / "given" / "box_02.png")
    (folder / "given" / "secret.txt").write_bytes(b"nobody may read this")
    return folder


@pytest.fixture(scope="module")
def server(place) -> Iterator[StudioServer]:
    with run_studio(place / "run", "--input_dir", str(place / "given")) as started:
        yield started
