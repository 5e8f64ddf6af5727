from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings, strategies as st

from camera_estimation.refinement._arrow import ArrowSystem

POSE = 3


def random_system(images: int, shared: int, seed: int):
    """Normal equations of each image, and all of them in one matrix: the poses one after the other, then what is
    shared."""
    generator = torch.Generator().manual_seed(seed)
    size = POSE + shared
    roots = torch.randn(images, size, size + 3, generator=generator, dtype=torch.float64)
    normal, force = roots @ roots.mT, torch.randn(images, size, generator=generator, dtype=torch.float64)
    whole = torch.zeros(images * POSE + shared, images * POSE + shared, dtype=torch.float64)
    right = torch.zeros(len(whole), dtype=torch.float64)
    for index in range(images):
        place = torch.tensor([*range(index * POSE, (index + 1) * POSE), *range(images * POSE, len(whole))])
        whole[place[:, None], place] += normal[index]
        right[place] += force[index]
    return ArrowSystem.of(normal, force, POSE), whole, right


@settings(max_examples=20)
@given(images=st.integers(1, 5), shared=st.integers(1, 6), seed=st.integers(0, 1000))
def test_elimination_solves_the_whole_system(images, shared, seed):
    system, whole, right = random_system(images, shared, seed)
    expected = torch.linalg.solve(whole, right)
    step = system.solve_shared()
    assert torch.allclose(step, expected[images * POSE :], rtol=1e-6, atol=1e-9)
    assert torch.allclose(system.solve_poses(step).flatten(), expected[: images * POSE], rtol=1e-6, atol=1e-9)


def test_covariances_are_blocks_of_the_inverse():
    system, whole, _ = random_system(images=4, shared=5, seed=0)
    inverse = torch.linalg.inv(whole)
    for index, covariance in enumerate(system.covariances()):
        place = torch.tensor([*range(index * POSE, (index + 1) * POSE), *range(4 * POSE, len(whole))])
        assert torch.allclose(covariance, inverse[place[:, None], place], rtol=1e-6, atol=1e-9)


def test_poses_without_anything_shared_are_solved_one_by_one():
    system, whole, right = random_system(images=3, shared=0, seed=1)
    step = system.damp(0.0).solve_shared()
    assert len(step) == 0
    assert torch.allclose(system.solve_poses(step).flatten(), torch.linalg.solve(whole, right))


def test_a_strong_prior_holds_what_is_shared():
    system, _, _ = random_system(images=3, shared=4, seed=2)
    held = system.add_prior(torch.full((4,), 1e12, dtype=torch.float64), torch.zeros(4, dtype=torch.float64))
    assert held.solve_shared().abs().max() < 1e-9


@pytest.mark.parametrize("damping", [0.1, 10.0])
def test_damping_shortens_steps(damping):
    system, _, _ = random_system(images=3, shared=4, seed=3)
    assert system.damp(damping).solve_shared().norm() < system.solve_shared().norm()
