"""Which pose hypotheses go on."""

from __future__ import annotations

import torch

from camera_estimation.geometry import retract
from camera_estimation.poses import Candidates, find_beside
from tests.support.shapes import view_from


def test_suppression_keeps_the_best_of_each_group():
    camera = view_from((0, 0, 1), size=32)
    turns = torch.zeros(4, 6)
    turns[:, 1] = torch.tensor([0.0, 0.01, 1.0, 1.02])
    poses = retract(camera[[0] * 4], turns)
    chosen = Candidates(poses, torch.tensor([1.0, 2.0, 0.5, 0.4])).suppress_neighbors(4, 0.1)
    assert chosen.score.tolist() == [2.0, 0.5]


def test_poses_beside_others_are_those_turned_little_and_seen_at_the_same_place():
    camera = view_from((0, 0, 1), size=32)
    changes = torch.zeros(4, 6)
    changes[1, 1] = 0.05  # turned
    changes[2, 3] = 0.4  # moved aside by as many radii
    changes[3, 5] = 0.4  # farther by that factor's logarithm
    poses = retract(camera[[0] * 4], changes)
    assert find_beside(poses, camera, 0.1)[:, 0].tolist() == [True] * 4
    assert find_beside(poses, camera, 0.04)[:, 0].tolist() == [True, False, True, True]
    assert find_beside(poses, camera, 0.1, 0.3)[:, 0].tolist() == [True, True, False, False]
    assert find_beside(poses, camera, 0.1, 0.5)[:, 0].tolist() == [True] * 4
    assert find_beside(camera, poses, 0.04).tolist() == [[True, False, True, True]]
