from __future__ import annotations

import pytest

from camera_estimation.losses import loss_file, loss_registry, term_registry

pytest_plugins = ["tests.support.disc_fixtures", "tests.support.weight_fixtures"]


@pytest.fixture(scope="module", autouse=True)
def objectives_of_one_module():
    """What the tests of a module register, from files or in their own code, is forgotten after them."""
    with pytest.MonkeyPatch.context() as patch, loss_registry.isolate(), term_registry.isolate():
        patch.setattr(loss_file, "_loaded", dict(loss_file._loaded))
        yield
