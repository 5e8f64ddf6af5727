from __future__ import annotations

import pytest
import roma
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry.rotation import (
    look_at_rotation,
    roll_rotation,
    rotation_between,
    rotmat_geodesic_distance,
    rotvec_to_rotmat,
    special_procrustes,
)

small = st.floats(-2, 2, allow_nan=False)


@given(st.tuples(small, small, small))
def test_rotation_vector_has_its_angle(vector):
    rotation = rotvec_to_rotmat(torch.tensor([vector], dtype=torch.float64))
    angle = torch.tensor(vector, dtype=torch.float64).norm()
    expected = torch.arccos(torch.cos(angle)).item()  # angles beyond pi come round the other way
    assert rotmat_geodesic_distance(rotation, torch.eye(3, dtype=torch.float64)).item() == pytest.approx(
        expected, abs=1e-6
    )


def test_geodesic_distance_is_exact_near_zero():
    rotation = rotvec_to_rotmat(torch.tensor([[0.0, 1e-7, 0.0]], dtype=torch.float64))
    assert rotmat_geodesic_distance(rotation, torch.eye(3, dtype=torch.float64)).item() == pytest.approx(1e-7, rel=1e-6)


def test_rotation_between_turns_one_into_the_other():
    source, target = torch.nn.functional.normalize(torch.randn(2, 50, 3, dtype=torch.float64), dim=-1)
    rotation = rotation_between(source, target)
    assert torch.allclose((rotation @ source[..., None])[..., 0], target, atol=1e-9)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(50, dtype=torch.float64))


def test_look_at_is_upright_also_at_the_poles():
    directions = torch.tensor([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.6, 0.0, 0.8]])
    rotation = look_at_rotation(directions, torch.tensor([0.0, 1.0, 0.0]))
    assert torch.allclose(rotation @ rotation.transpose(1, 2), torch.eye(3).expand(4, 3, 3), atol=1e-6)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(4))
    assert torch.allclose(rotation[:, 2], directions)
    assert float(rotation[0, 1, 1]) == -1  # the world's up is the image's up


def test_special_procrustes_undoes_drift():
    rotation = rotvec_to_rotmat(torch.randn(10, 3, dtype=torch.float64))
    drifted = rotation + 1e-4 * torch.randn_like(rotation)
    assert rotmat_geodesic_distance(special_procrustes(drifted), rotation).max() < 1e-3
    assert torch.allclose(torch.linalg.det(special_procrustes(drifted)), torch.ones(10, dtype=torch.float64))


@pytest.mark.parametrize("size", [0.0, 1e-8, 1e-4, 1.0, 3.0])
def test_values_are_those_of_roma(size):
    """See the module: only the last digits differ."""
    rotvec = size * torch.randn(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rotation = rotvec_to_rotmat(rotvec)
    assert torch.allclose(rotation, roma.rotvec_to_rotmat(rotvec), rtol=0, atol=1e-14)
    drifted = rotation + 1e-4 * torch.randn_like(rotation)
    assert torch.allclose(special_procrustes(drifted), roma.special_procrustes(drifted), rtol=0, atol=1e-13)
    angles = roma.rotmat_geodesic_distance(rotation, rotation[:1].expand_as(rotation))
    assert torch.allclose(rotmat_geodesic_distance(rotation, rotation[:1].expand_as(rotation)), angles, rtol=1e-14)


def test_roll_is_about_the_viewing_axis():
    angle = torch.tensor([0.0, 0.3, -2.0], dtype=torch.float64)
    rotvec = torch.stack([0 * angle, 0 * angle, angle], dim=-1)
    assert torch.allclose(roll_rotation(angle), roma.rotvec_to_rotmat(rotvec))
