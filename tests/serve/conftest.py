from __future__ import annotations

import pytest

from tests.support.small_samples import write_box, write_disc


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, tuple[str, bytes]]:
    """A mesh and a picture, as a form has them."""
    folder = tmp_path_factory.mktemp("files")
    mesh, picture = write_box(folder / "box.glb"), write_disc(folder / "photo.png")
    return {"mesh": ("box.glb", mesh.read_bytes()), "picture": ("photo.png", picture.read_bytes())}
