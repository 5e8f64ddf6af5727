from __future__ import annotations

import gc

import torch

from camera_estimation.losses._target_cache import TargetCache


class Counted:
    def __init__(self):
        self.calls = 0

    def __call__(self, target):
        self.calls += 1
        return target * 2


def test_features_of_the_same_tensor_are_computed_once():
    compute = Counted()
    cache = TargetCache(compute)
    target, other = torch.ones(2), torch.zeros(2)
    for _ in range(3):
        assert cache(target).tolist() == [2, 2]
        assert cache(other).tolist() == [0, 0]
    assert compute.calls == 2


def test_a_tensor_changed_in_place_is_computed_again():
    cache = TargetCache(Counted())
    target = torch.ones(2)
    cache(target)
    target += 1
    assert cache(target).tolist() == [4, 4]


def test_a_tensor_at_the_address_of_a_dead_one_is_not_taken_for_it():
    cache = TargetCache(Counted())
    for value in range(50):
        target = torch.full((2,), float(value))
        assert cache(target).tolist() == [2 * value, 2 * value]
        del target


def test_features_die_with_their_target():
    cache = TargetCache(Counted())
    target = torch.ones(2)
    cache(target)
    del target
    gc.collect()
    assert len(cache._entries) == 0


def test_features_carry_no_gradient():
    assert not TargetCache(Counted())(torch.ones(2, requires_grad=True)).requires_grad


def test_inference_tensors_are_not_kept():
    compute = Counted()
    cache = TargetCache(compute)
    with torch.inference_mode():
        target = torch.ones(2)
        cache(target)
        target += 1
        assert cache(target).tolist() == [4, 4]
    assert compute.calls == 2
