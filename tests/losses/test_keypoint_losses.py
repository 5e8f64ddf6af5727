"""Losses of keypoints against values computed by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings, strategies as st

import camera_estimation
from camera_estimation.losses.keypoint_losses import Keypoint2DLoss, Keypoint3DLoss
from tests.support.shape_checks import without_shape_checks

# Differences to the zero prediction, by point: (1, -2) and (3, 0), then (0.5, 0.5) and (-1, 4).
TARGET_2D = torch.tensor([[[1.0, -2.0], [3.0, 0.0]], [[0.5, 0.5], [-1.0, 4.0]]])
ZERO_2D = torch.zeros(2, 2, 2)
CONFIDENCE = torch.tensor([[1.0, 0.5], [2.0, 0.0]])
MASK = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
# Relative to the root, the first point: (1, 0, -1) and (0, 2, 2).
TARGET_3D = torch.tensor([[[5.0, 5.0, 5.0], [6.0, 5.0, 4.0], [5.0, 7.0, 7.0]]])
ZERO_3D = torch.zeros(1, 3, 3)


def with_confidence(target, confidence):
    return torch.cat([target, confidence[..., None]], dim=-1)


@pytest.mark.parametrize(
    ("loss_type", "plain", "confident", "masked", "both"),
    [
        # By point: 3, 3, 1, 5 and 5, 9, 0.5, 17.
        ("l1", 12.0, 3 + 1.5 + 2, 3 + 1 + 5, 1.5 + 2),
        ("l2", 31.5, 5 + 4.5 + 1, 9 + 0.5 + 17, 4.5 + 1),
    ],
)
def test_image_points(loss_type, plain, confident, masked, both):
    loss = Keypoint2DLoss(loss_type)
    assert loss(ZERO_2D, TARGET_2D).shape == ()
    assert loss(ZERO_2D, TARGET_2D).item() == pytest.approx(plain)
    assert loss(ZERO_2D, with_confidence(TARGET_2D, CONFIDENCE)).item() == pytest.approx(confident)
    assert loss(ZERO_2D, TARGET_2D, MASK).item() == pytest.approx(masked)
    assert loss(ZERO_2D, TARGET_2D, MASK.bool()).item() == pytest.approx(masked)
    assert loss(ZERO_2D, with_confidence(TARGET_2D, CONFIDENCE), MASK).item() == pytest.approx(both)


@pytest.mark.parametrize(
    ("loss_type", "plain", "confident", "masked", "both"),
    [("l1", 6.0, 0.5 * 2 + 2 * 4, 4.0, 2 * 4), ("l2", 10.0, 0.5 * 2 + 2 * 8, 8.0, 2 * 8)],
)
def test_points_in_space_relative_to_the_root(loss_type, plain, confident, masked, both):
    loss = Keypoint3DLoss(loss_type)
    confidence, mask = torch.tensor([[3.0, 0.5, 2.0]]), torch.tensor([[1.0, 0.0, 1.0]])
    assert loss(ZERO_3D, TARGET_3D).item() == pytest.approx(plain)
    assert loss(ZERO_3D, with_confidence(TARGET_3D, confidence)).item() == pytest.approx(confident)
    assert loss(ZERO_3D, TARGET_3D, mask).item() == pytest.approx(masked)
    assert loss(ZERO_3D, with_confidence(TARGET_3D, confidence), mask).item() == pytest.approx(both)


def test_another_root():
    # Relative to the second point: (-1, 0, 1) and (-1, 2, 3).
    assert Keypoint3DLoss("l1", root_id=1)(ZERO_3D, TARGET_3D).item() == pytest.approx(8)
    assert Keypoint3DLoss("l2", root_id=-2)(ZERO_3D, TARGET_3D).item() == pytest.approx(16)


shifts = st.lists(st.floats(-100, 100), min_size=3, max_size=3).map(
    lambda values: torch.tensor(values, dtype=torch.float64)
)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), first=shifts, second=shifts, loss_type=st.sampled_from(["l1", "l2"]))
def test_translations_change_nothing_in_space(seed, first, second, loss_type):
    generator = torch.Generator().manual_seed(seed)
    predicted, target = torch.randn(2, 3, 5, 3, dtype=torch.float64, generator=generator)
    loss = Keypoint3DLoss(loss_type, root_id=seed % 5)
    assert torch.allclose(loss(predicted + first, target + second), loss(predicted, target), rtol=1e-9)


def test_gradients_flow_and_points_of_no_weight_have_none():
    predicted = torch.zeros(1, 2, 2, requires_grad=True)
    target = torch.tensor([[[1.0, 2.0, 0.5], [float("nan"), 4.0, 0.0]]])
    Keypoint2DLoss("l2")(predicted, target).backward()
    assert predicted.grad.tolist() == [[[-1.0, -2.0], [0.0, 0.0]]]


@without_shape_checks
def test_what_does_not_go_together_is_told():
    with pytest.raises(ValueError, match="'huber'"):
        Keypoint2DLoss("huber")
    loss = Keypoint2DLoss()
    with pytest.raises(ValueError, match=r"predicted is \[2, 2, 3\]"):
        loss(torch.zeros(2, 2, 3), TARGET_2D)
    with pytest.raises(ValueError, match=r"target is \[2, 2, 4\]"):
        loss(ZERO_2D, torch.zeros(2, 2, 4))
    with pytest.raises(ValueError, match=r"target is \[1, 2, 2\]"):
        loss(ZERO_2D, TARGET_2D[:1])
    with pytest.raises(ValueError, match=r"mask is \[2, 3\]"):
        loss(ZERO_2D, TARGET_2D, torch.ones(2, 3))
    with pytest.raises(ValueError, match="root_id is 3"):
        Keypoint3DLoss(root_id=3)(ZERO_3D, TARGET_3D)


def test_the_package_exports_them():
    assert camera_estimation.Keypoint2DLoss is Keypoint2DLoss
    assert camera_estimation.Keypoint3DLoss is Keypoint3DLoss
