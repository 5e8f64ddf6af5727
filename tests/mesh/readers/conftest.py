from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.support.painted_object import PICTURE


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "its color.png"
    Image.fromarray(PICTURE).save(path)
    return path
