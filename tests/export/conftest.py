from __future__ import annotations

import pytest

from tests.support.exported_scenes import write_ball


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    return write_ball(tmp_path_factory.mktemp("mesh") / "ball.glb")
