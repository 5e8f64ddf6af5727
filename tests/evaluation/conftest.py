from __future__ import annotations

import pytest

from tests.support.runs import Workplace


@pytest.fixture
def workplace(tmp_path) -> Workplace:
    return Workplace(tmp_path)
