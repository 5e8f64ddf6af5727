from __future__ import annotations

import math
from dataclasses import replace

import torch

from camera_estimation.poses.trace import Stage
from camera_estimation.results.stages_file import read_stages, write_stages
from tests.support.small_samples import estimate_of


def test_what_was_written_comes_back(tmp_path, image):
    estimate = estimate_of(image)
    camera = estimate.camera
    stages = (
        Stage("search", camera, torch.tensor([float("nan")]), [0]),
        Stage("refine", camera, torch.tensor([0.25]), []),
    )
    write_stages(tmp_path, replace(estimate, stages=stages))
    search, refine = read_stages(tmp_path)
    assert (search.name, refine.name) == ("search", "refine")
    assert (search.candidates[0].score, refine.candidates[0].score) == (math.inf, 0.25)
    assert (search.candidates[0].kept, refine.candidates[0].kept) == (True, False)
    assert torch.equal(search.candidates[0].camera.world_to_camera, camera.world_to_camera)
