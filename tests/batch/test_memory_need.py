from __future__ import annotations

import pytest

from camera_estimation.batch import _memory_need
from camera_estimation.batch._memory_need import check_memory
from camera_estimation.configuration import Configuration, load_preset, merge_settings
from camera_estimation.errors import InputError

GIGABYTE = 10**9


@pytest.fixture(autouse=True)
def free(monkeypatch):
    monkeypatch.setattr(_memory_need, "free_memory", lambda: GIGABYTE)


def settings(**tree):
    return merge_settings(Configuration(), {"device": "cpu", **tree})


@pytest.mark.parametrize("preset", ["default", "fast", "accurate"])
def test_presets_fit_into_little_memory(preset):
    check_memory(merge_settings(load_preset(preset), {"device": "cpu"}))


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ({"search": {"viewpoints": 100_000, "rolls": 3600}}, "search.viewpoints = 100000, search.rolls = 3600 and"),
        ({"search": {"resolution": 8192}}, "search.resolution = 8192 need about 257"),
        ({"loss": {"resolution": 8192}}, r"refined at up to 8192 pixels \(\[refinement\], \[loss\]\) need about 32"),
    ],
)
def test_a_product_beyond_what_is_free_is_told_with_its_settings(tree, named):
    with pytest.raises(InputError, match=named) as refused:
        check_memory(settings(**tree))
    assert str(refused.value).endswith("GB of memory, and 1.0 GB are free: make one of them smaller")
