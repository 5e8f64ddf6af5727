from __future__ import annotations

import pytest

from camera_estimation.losses import loss_file, registry

pytest_plugins = ["tests.support.disc_fixtures", "tests.support.weight_fixtures"]


@pytest.fixture(scope="module", autouse=True)
def objectives_of_one_module():
    """What the tests of a module register, from files or in their own code, is forgotten after them."""
    registry.loss_classes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_classes", dict(registry._classes))
        patch.setattr(registry, "_terms", dict(registry._terms))
        patch.setattr(loss_file, "_loaded", dict(loss_file._loaded))
        yield
