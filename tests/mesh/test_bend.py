"""Deformations as files, and meshes that are bent by them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from camera_estimation.configuration import DeformationConfig
from camera_estimation.errors import InputError
from camera_estimation.mesh import Bend, bend_mesh, read_bend, write_bend
from camera_estimation.refinement import SmoothDeformations
from tests.support.shapes import bumpy_ball

CENTER = torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64)


@pytest.fixture(scope="module")
def ball():
    """Away from the origin, and not of size 1."""
    return replace(bumpy_ball(16, 24), center=CENTER, radius=2.5)


@pytest.fixture(scope="module")
def deformations(ball):
    return SmoothDeformations(ball, DeformationConfig())


@pytest.fixture(scope="module")
def coefficients(deformations):
    return torch.randn(deformations.count, generator=torch.Generator().manual_seed(0))


def test_a_bend_is_the_deformation_in_world_coordinates(ball, deformations, coefficients):
    bent = bend_mesh(ball, deformations.bend(coefficients, ball))
    expected = deformations.displace(coefficients)
    assert (expected - ball.vertices).norm(dim=1).max() > 0.01
    torch.testing.assert_close(bent.vertices, expected, atol=1e-5, rtol=0)
    assert bent.textures is ball.textures
    assert bent.uv is ball.uv


def test_what_follows_the_bend_moves_all_of_it(ball, deformations, coefficients):
    bend = deformations.bend(coefficients, ball)
    linear, shift = np.diag([2.0, 1.0, 0.5]), np.array([1.0, -2.0, 3.0])
    points = np.random.default_rng(0).normal(size=(50000, 3))
    np.testing.assert_allclose(
        replace(bend, linear=linear, shift=shift).move(points), bend.move(points) @ linear + shift, atol=1e-9
    )


def test_files_give_back_what_was_written(ball, deformations, coefficients, tmp_path):
    bend = deformations.bend(coefficients, ball)
    write_bend(tmp_path / "deformation.npz", bend)
    found = read_bend(tmp_path / "deformation.npz")
    points = CENTER.numpy() + np.random.default_rng(1).normal(size=(10, 3))
    np.testing.assert_array_equal(found.move(points), bend.move(points))
    assert (tmp_path / "deformation.npz").stat().st_size < 20_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no archive"])
def test_a_broken_file_is_refused_in_a_line(tmp_path, content):
    path = tmp_path / "deformation.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not a whole deformation; estimate the image again"):
        read_bend(path)


def test_other_archives_are_refused(ball, deformations, coefficients, tmp_path):
    path = tmp_path / "deformation.npz"
    np.savez(path, sources=np.zeros((2, 3)))
    with pytest.raises(InputError, match="is not a whole deformation"):
        read_bend(path)
    bend = deformations.bend(coefficients, ball)
    stored = {field.name: np.asarray(getattr(bend, field.name)) for field in fields(bend)}
    for change in ({"shift": np.full(3, np.nan)}, {"stretch": np.eye(2)}, {"weights": bend.weights[1:]}):
        np.savez(path, **{**stored, **change})
        with pytest.raises(InputError, match="is not a whole deformation"):
            read_bend(path)
    with pytest.raises(InputError, match="no such file"):
        read_bend(tmp_path / "none.npz")


def test_no_points_stay_none(ball, deformations, coefficients):
    bend: Bend = deformations.bend(coefficients, ball)
    assert bend.move(np.zeros((0, 3))).shape == (0, 3)
