"""Which pose hypotheses go on."""

from __future__ import annotations

import torch

from camera_estimation.geometry import retract
from camera_estimation.poses import Candidates
from tests.support.shapes import view_from


def test_suppression_keeps_the_best_of_each_group():
    camera = view_from((0, 0, 1), size=32)
    turns = torch.zeros(4, 6)
    turns[:, 1] = torch.tensor([0.0, 0.01, 1.0, 1.02])
    poses = retract(camera[[0] * 4], turns)
    chosen = Candidates(poses, torch.tensor([1.0, 2.0, 0.5, 0.4])).suppress_neighbors(4, 0.1)
    assert chosen.score.tolist() == [2.0, 0.5]
