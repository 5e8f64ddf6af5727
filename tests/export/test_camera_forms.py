"""Cameras in the forms of other programs, and back: whatever the camera, nothing is lost."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from scipy.spatial.transform import Rotation

from camera_estimation.export._blender_files import _turn_up
from camera_estimation.export._centered_frame import frame_about_axis
from camera_estimation.export._film_back import film_back, world_from_view
from camera_estimation.geometry import Camera
from tests.support.exported_scenes import odd_camera

TOLERANCE = 1e-9


def of(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@st.composite
def cameras(draw) -> Camera:
    width, height = draw(st.integers(1, 8000)), draw(st.integers(1, 8000))
    quaternion = draw(st.tuples(*[of(-1, 1)] * 4).filter(lambda q: sum(x * x for x in q) > 1e-3))
    rotation = Rotation.from_quat(quaternion).as_matrix()
    numbers = {
        "rotation": rotation,
        "translation": draw(st.tuples(*[of(-100, 100)] * 3)),
        "focal": (width * draw(of(0.05, 50)), height * draw(of(0.05, 50))),
        "principal_point": (width * draw(of(-1, 2)), height * draw(of(-1, 2))),
    }
    tensors = {name: torch.tensor(np.array(value))[None] for name, value in numbers.items()}
    return Camera(width=width, height=height, **tensors)


def intrinsics(camera: Camera) -> list[float]:
    return [*camera.focal[0].tolist(), *camera.principal_point[0].tolist()]


@given(cameras())
def test_lens_and_sensor_have_all_of_the_intrinsics(camera):
    film = film_back(camera)
    assert film.lens >= 1 - TOLERANCE
    scale = camera.width + camera.height
    np.testing.assert_allclose(film.intrinsics, intrinsics(camera), rtol=1e-9, atol=TOLERANCE * scale)


@given(cameras())
def test_a_lens_draws_what_the_pinhole_does(camera):
    """By similar triangles: the sensor's plane, in its own unit, then pixels of the sensor's size."""
    film, view = film_back(camera), torch.tensor([0.3, -0.2, -1.7], dtype=torch.float64)
    on_sensor = film.lens * view[:2] / -view[2]
    across = (on_sensor[0] / film.sensor_width - film.shift_x + 0.5) * film.width
    up = (on_sensor[1] - film.shift_y * film.sensor_width) / film.sensor_height
    world = world_from_view(camera) @ torch.cat([view, torch.ones(1, dtype=torch.float64)])
    pixel, _ = camera.project(world[None, None, :3])
    expected = pixel[0, 0].tolist()
    scale = max(map(abs, expected)) + camera.width + camera.height
    assert [float(across), float((0.5 - up) * film.height)] == pytest.approx(expected, abs=1e-7 * scale)


@given(cameras())
def test_a_central_frame_has_the_picture_where_it_is(camera):
    frame = frame_about_axis(camera)
    perspective, extras = frame.perspective, frame.extras
    down = math.tan(perspective["yfov"] / 2)
    across = down * perspective["aspectRatio"]
    found = (
        frame.width / (2 * across),
        frame.height / (2 * down),
        frame.width / 2 + extras["frame_left"],
        frame.height / 2 + extras["frame_top"],
    )
    scale = camera.width + camera.height
    np.testing.assert_allclose(found, intrinsics(camera), rtol=1e-6, atol=1e-6 * scale)
    left, right, bottom, top = frame.picture_rectangle
    assert max(-left, right) <= across * (1 + 1e-6)
    assert max(-bottom, top) <= down * (1 + 1e-6)
    assert (right - left) * camera.focal[0, 0].item() == pytest.approx(camera.width)


@given(st.tuples(*[of(-1, 1)] * 4).filter(lambda q: sum(x * x for x in q) > 1e-3))
def test_blenders_world_is_turned_by_a_quarter(quaternion):
    unit = np.array(quaternion) / np.linalg.norm(quaternion)
    w, x, y, z = _turn_up(unit)
    found = Rotation.from_quat([x, y, z, w]).as_matrix()
    quarter = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    np.testing.assert_allclose(found, quarter @ Rotation.from_quat(unit).as_matrix(), atol=1e-9)


@given(cameras())
def test_a_view_looks_ahead_along_minus_z(camera):
    pose = world_from_view(camera)
    np.testing.assert_allclose(pose[:3, 3], camera.center[0], atol=1e-9)
    np.testing.assert_allclose(-pose[:3, 2], camera.rotation[0, 2], atol=1e-9)


def test_a_principal_point_at_the_centre_leaves_the_frame_as_it_is():
    camera = odd_camera(offset=(0.0, 0.0))
    assert not frame_about_axis(camera).is_widened
    nearly = replace(camera, principal_point=camera.principal_point + 1e-9)
    assert frame_about_axis(nearly).perspective == frame_about_axis(camera).perspective
    assert frame_about_axis(odd_camera(offset=(0.01, 0.0))).is_widened
