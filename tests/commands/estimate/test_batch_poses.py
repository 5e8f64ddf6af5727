"""What is found of images in flight together is what is found of each alone."""

from __future__ import annotations

import pytest
import torch

from tests.support.batches import make_plan, run_batches

POSE = ("name", "world_to_camera", "fx", "fy", "loss", "confidence", "silhouette_iou")


@pytest.fixture
def one_thread():
    """Sums over several threads are rounded otherwise, and those in flight divide them."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_poses_are_the_same_bit_for_bit(tmp_path):
    plan = make_plan(tmp_path)
    alone, together = ([[entry[key] for key in POSE] for entry in run_batches(plan, count)] for count in (1, 3))
    assert together == alone
