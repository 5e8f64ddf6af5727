from __future__ import annotations

import gc
import os

import hypothesis
import pytest

from tests.support import shape_checks

if shape_checks.is_wanted():
    shape_checks.install()  # before anything imports the package

# A machine that is busy elsewhere is no fault of what is tested.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

pytest_plugins = [f"tests.support.{name}_fixtures" for name in ("cloud", "disc", "limit", "weight")]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(shape_checks.FLAG, action="store_true", help="check shapes and types at run time")


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may not be installed
def pytest_xdist_auto_num_workers() -> int:
    from tests.support.side_by_side import count_processes, limit_threads

    if count := count_processes():
        limit_threads()
    return count


def pytest_collection_finish() -> None:
    """Numba, which rembg imports, sets OpenMP's threads to all processors: in several processes that slows all."""
    if threads := os.environ.get("OMP_NUM_THREADS", ""):
        import torch

        torch.set_num_threads(int(threads))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("cuda") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device, and there is none here")


@pytest.fixture(scope="module", autouse=True)
def objectives_of_one_module():
    """What the tests of a module register, from files or in their own code, is forgotten after them."""
    from camera_estimation.losses import loss_file, loss_registry, term_registry

    with pytest.MonkeyPatch.context() as patch, loss_registry.isolate(), term_registry.isolate():
        patch.setattr(loss_file, "_loaded", dict(loss_file._loaded))
        yield


@pytest.fixture(scope="module", autouse=True)
def views_of_one_module(tmp_path_factory):
    """Views of meshes are kept in a folder of each module's own."""
    from camera_estimation.search import view_cache

    folder = tmp_path_factory.mktemp("views")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_cache, "views_folder", lambda: folder)
        yield


@pytest.fixture(scope="module", autouse=True)
def garbage_of_one_module():
    """Commands that tests call keep all that there is out of the collection of garbage: in one process after the other
    that would be gigabytes."""
    yield
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
