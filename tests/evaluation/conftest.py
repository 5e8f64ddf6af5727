from __future__ import annotations

import pytest

from tests.evaluation.made import Workplace


@pytest.fixture
def workplace(tmp_path) -> Workplace:
    return Workplace(tmp_path)
