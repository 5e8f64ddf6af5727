from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, strategies as st
from scipy.spatial import KDTree

from camera_estimation.evaluation.pose_errors.evaluated_mesh import hull_corners
from camera_estimation.evaluation.pose_errors.metrics import (
    add,
    add_s,
    mspd,
    mssd,
    projection_error,
    rotation_error,
    translation_error,
)
from camera_estimation.geometry.camera import concatenate
from tests.support.runs import camera_of_pose
from tests.support.shapes import bumpy_ball

POINTS = torch.rand(60, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 0.5
FRONT = (0.0, 0.0, 4.0)
small = st.floats(-0.5, 0.5)
vectors = st.tuples(small, small, small)


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def all_errors(estimated, true, cloud):
    return {
        "add": add(estimated, true, cloud).item(),
        "adds": add_s(estimated, true, cloud, KDTree(cloud)).item(),
        "mssd": mssd(estimated, true, cloud).item(),
        "mspd": mspd(estimated, true, cloud).item(),
        "projection": projection_error(estimated, true, cloud).item(),
        "rotation": rotation_error(estimated, true).item(),
        "translation": translation_error(estimated, true, cloud.mean(0)).item(),
    }


def in_front(vector):
    return (vector[0], vector[1], 4 + vector[2])


def test_rotation_error_is_the_angle():
    turned = camera_of_pose((0.3 * 2 / 3, 0.3 * 1 / 3, 0.3 * 2 / 3), FRONT)
    assert rotation_error(turned, camera_of_pose((0, 0, 0), FRONT)).item() == pytest.approx(0.3)


def test_pure_translation_moves_every_point_alike():
    estimated, true = camera_of_pose(translation=(0.3, 0, 4.4)), camera_of_pose(translation=FRONT)
    found = all_errors(estimated, true, POINTS)
    for name in ("add", "mssd", "translation"):
        assert found[name] == pytest.approx(0.5)
    assert found["rotation"] == 0


def test_turn_about_the_center_is_no_translation_wherever_the_world_has_its_origin():
    center = points((7.0, -3.0, 2.0))
    true = camera_of_pose((0.1, 0.2, 0.3), FRONT)
    estimated = camera_of_pose((0.5, -0.2, 0.3), FRONT)
    shift = ((true.rotation - estimated.rotation) @ center.T)[..., 0]
    estimated = replace(estimated, translation=true.translation + shift)
    assert translation_error(estimated, true, center[0]).item() == pytest.approx(0, abs=1e-12)


def test_two_points_that_change_places():
    pair = points((1, 0, 0), (-1, 0, 0))
    half_turn = camera_of_pose((0, 0, math.pi), FRONT)
    true = camera_of_pose((0, 0, 0), FRONT)
    found = all_errors(half_turn, true, pair)
    assert found["add"] == pytest.approx(2)
    assert found["mssd"] == pytest.approx(2)
    assert found["adds"] == pytest.approx(0, abs=1e-12)
    assert found["mspd"] == pytest.approx(100 * 2 / 4)


def test_projection_errors_by_hand():
    cloud = points((0, 0, 0), (0, 0, 4))  # depths 4 and 8
    estimated, true = camera_of_pose(translation=(0.4, 0, 4)), camera_of_pose(translation=FRONT)
    assert mspd(estimated, true, cloud).item() == pytest.approx(10)
    assert projection_error(estimated, true, cloud).item() == pytest.approx((10 + 5) / 2)


def test_each_camera_projects_with_its_own_intrinsics():
    estimated, true = camera_of_pose(translation=FRONT, focal=110), camera_of_pose(translation=FRONT, focal=100)
    assert mspd(estimated, true, points((1, 0, 0))).item() == pytest.approx(2.5)


def test_points_behind_the_camera_are_infinitely_far_off_in_the_image():
    behind, true = camera_of_pose(translation=(0, 0, -4)), camera_of_pose(translation=FRONT)
    assert projection_error(behind, true, POINTS).item() == math.inf


def test_one_estimate_against_many_true_poses():
    poses = [camera_of_pose((0.1 * k, 0, 0), FRONT) for k in range(3)]
    estimated = camera_of_pose((0.1, 0, 0), FRONT)
    together = add(estimated, concatenate(poses), POINTS)
    assert together.tolist() == pytest.approx([add(estimated, pose, POINTS).item() for pose in poses])
    assert together.argmin() == 1


def test_corners_of_the_hull_give_the_mssd_of_all_vertices():
    vertices = bumpy_ball(12, 20).vertices.double()
    corners = torch.from_numpy(hull_corners(vertices.numpy()))
    assert len(corners) < len(vertices)
    estimated, true = camera_of_pose((0.2, 0.5, -0.3), (0.1, 0, 4.2)), camera_of_pose((0, 0, 0.1), FRONT)
    expected = mssd(estimated, true, vertices).item()
    assert mssd(estimated, true, corners).item() == pytest.approx(expected, rel=1e-12)


def test_flat_meshes_have_corners_too():
    flat = points((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)).numpy()
    assert len(hull_corners(flat)) == 4


@given(vectors, vectors, vectors, vectors)
def test_nearest_is_at_most_mean_is_at_most_maximum(first, second, third, fourth):
    found = all_errors(camera_of_pose(first, in_front(second)), camera_of_pose(third, in_front(fourth)), POINTS)
    assert found["adds"] <= found["add"] + 1e-12
    assert found["add"] <= found["mssd"] + 1e-12
    assert found["projection"] <= found["mspd"] + 1e-9


@given(vectors, vectors)
def test_no_error_without_a_difference(rotation, translation):
    camera = camera_of_pose(rotation, in_front(translation))
    assert max(all_errors(camera, camera, POINTS).values()) == pytest.approx(0, abs=1e-9)


@given(vectors, vectors, vectors, st.floats(0.1, 10))
def test_errors_do_not_depend_on_the_world_and_lengths_follow_its_scale(first, second, world_turn, scale):
    """The same object and cameras in a world that is turned, moved and scaled."""
    cameras = [camera_of_pose(first, FRONT), camera_of_pose(second, (0.2, -0.1, 4.3))]
    world = camera_of_pose(world_turn, (5.0, -6.0, 7.0))
    rotation, shift = world.rotation[0], world.translation[0]
    elsewhere = []
    for camera in cameras:
        turn = camera.rotation @ rotation.T
        elsewhere.append(replace(camera, rotation=turn, translation=scale * camera.translation - turn @ shift))
    here = all_errors(*cameras, POINTS)
    there = all_errors(*elsewhere, scale * POINTS @ rotation.T + shift)
    for name, value in here.items():
        factor = scale if name in ("add", "adds", "mssd", "translation") else 1
        assert there[name] == pytest.approx(factor * value, rel=1e-6, abs=1e-7)


def test_the_tree_of_the_points_is_built_where_none_is_given():
    estimated, true = camera_of_pose((0.1, 0.2, 0), FRONT), camera_of_pose(translation=FRONT)
    assert torch.equal(add_s(estimated, true, POINTS), add_s(estimated, true, POINTS, KDTree(POINTS)))


def test_the_door_names_the_errors_as_the_papers_do():
    from camera_estimation import evaluation

    assert (evaluation.add, evaluation.add_s, evaluation.mssd, evaluation.mspd) == (add, add_s, mssd, mspd)
    assert {"Symmetries", "rotation_error", "translation_error", "projection_error"} <= set(evaluation.__all__)
