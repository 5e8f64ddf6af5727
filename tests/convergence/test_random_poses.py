from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from camera_estimation.convergence._random_poses import poses_in_place, uniform_rotations
from camera_estimation.estimation.observation import camera_without_pose
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.target import make_target
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.canonical import silhouette_frame
from tests.support.orbits import ball, orbiting_cameras, pictures


def test_rotations_are_uniform_and_seeded():
    rotations = uniform_rotations(4000, seed=3)
    assert torch.equal(rotations[:10], uniform_rotations(10, seed=3))
    assert not torch.allclose(rotations[:10], uniform_rotations(10, seed=4))
    assert rotations.mean(0).abs().max() < 0.05
    # Angles of uniform rotations have the density (1 - cos angle) / pi.
    angles = np.sort(Rotation.from_matrix(rotations.numpy()).magnitude())
    cumulative = (angles - np.sin(angles)) / math.pi
    assert np.abs(cumulative - np.linspace(0, 1, len(angles))).max() < 0.03


def test_silhouettes_are_where_the_target_is():
    mesh, truth = ball(), orbiting_cameras([25.0])
    renderer = Renderer(mesh)
    (image,) = pictures(mesh, truth)
    intrinsics = (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())
    full = camera_without_pose(image, intrinsics).to("cpu", torch.float32)
    view = make_target(image, "cpu").view(64)
    rotations = uniform_rotations(20, seed=0)
    placed = poses_in_place(renderer, rotations, view, full)
    cameras = view.camera(placed)
    found = silhouette_frame(renderer.draw(cameras)[0][:, 3:], cameras)
    wanted = silhouette_frame(view.rgba[:, 3:], view.camera(full))
    assert torch.rad2deg(rotmat_geodesic_distance(found[0], wanted[0].expand_as(found[0]))).max() < 3
    assert (found[1] / wanted[1] - 1).abs().max() < 0.15
    turned = torch.rad2deg(rotmat_geodesic_distance(placed.rotation.double(), rotations))
    assert turned.max() == pytest.approx(0, abs=20)
