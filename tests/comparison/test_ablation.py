from __future__ import annotations

import pytest

from camera_estimation.comparison.ablation import ablation_base, variants
from camera_estimation.comparison.objectives import select_objectives
from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError

COMPOSED = LossConfig(
    "four terms", terms=({"term": "l1"}, {"term": "l2", "weight": 0.5}, {"term": "ssim"}, {"term": "boundary"})
)


def test_few_terms_are_switched_off_in_all_combinations():
    loss = select_objectives(LossConfig(), ("l1l2",), {}).objectives[0].loss
    off = [item.switched_off for item in variants(loss, ("l1", "l2")).objectives]
    assert off == [(), ("l1",), ("l2",), ("l1", "l2")]
    everything = [item.switched_off for item in variants(loss, ("l1", "l2", "boundary")).objectives]
    assert len(everything) == 7  # without the one that has no term left
    assert ("l1", "l2", "boundary") not in everything


def test_many_terms_are_switched_off_one_at_a_time():
    off = [item.switched_off for item in variants(COMPOSED, ("l1", "l2", "ssim", "boundary")).objectives]
    assert off == [(), ("l1",), ("l2",), ("ssim",), ("boundary",)]


def test_the_objective_of_an_ablation_is_found_by_its_terms():
    assert ablation_base(LossConfig(), (), ("dreamsim", "l1", "boundary"), {}).name == "hybrid"
    assert ablation_base(COMPOSED, (), ("l1",), {}) == COMPOSED
    with pytest.raises(InputError, match="several have: hybrid, l1l2"):
        ablation_base(LossConfig(), (), ("l1", "boundary"), {})
    with pytest.raises(InputError, match="none has all of them"):
        ablation_base(LossConfig(), (), ("l1", "nothing"), {})
