from __future__ import annotations

import numpy as np
import torch

from camera_estimation.rendering.renderer import Renderer
from camera_estimation.tracking.contour._model_view import view_mesh
from camera_estimation.tracking.contour._texture import project_points
from camera_estimation.tracking.contour._window import window_about_points
from tests.support.orbits import orbiting_cameras
from tests.support.shapes import bumpy_ball, mesh_of


def test_the_contour_of_a_ball_is_where_geometry_says():
    """The outline of a ball of radius 1 at distance z is the cone of sine 1 / z."""
    polar, azimuth = np.meshgrid(np.linspace(0, np.pi, 60), np.linspace(0, 2 * np.pi, 120), indexing="ij")
    vertices = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], -1)
    index = np.arange(60 * 120).reshape(60, 120)
    quads = [index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]]
    corner = [quad.reshape(-1) for quad in quads]
    faces = np.concatenate([np.stack([corner[i] for i in face], -1) for face in ((0, 1, 2), (0, 2, 3))])
    mesh = mesh_of(vertices.reshape(-1, 3), faces, normalize=False)
    camera = orbiting_cameras([0])
    view = view_mesh(Renderer(mesh), camera)
    rays = (project_points(view.contour, camera) - camera.principal_point[0].numpy()) / camera.focal[0].numpy()
    rays = np.concatenate([rays, np.ones((len(rays), 1))], 1)
    center = camera.translation[0].numpy()
    angle = np.arccos(rays @ center / np.linalg.norm(rays, axis=1) / np.linalg.norm(center))
    expected = np.arcsin(1 / np.linalg.norm(center))
    pixels = (angle - expected) * float(camera.focal[0, 0])
    assert abs(pixels.mean()) < 0.15
    assert np.abs(pixels).max() < 0.6
    outward = project_points(view.contour, camera) - project_points(torch.zeros(4, 1, dtype=torch.float64), camera)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert (outward * view.normals).sum(1).min() > 0.97


def test_windows_have_square_pixels_and_continue_the_image():
    camera = orbiting_cameras([0])
    stretched = camera.resize(camera.width // 2, camera.height)
    window = window_about_points(np.array([[-10.0, 5.0], [20.0, 45.0]]), stretched)
    cropped = window.crop(stretched)
    assert abs(float(cropped.focal[0, 0] / cropped.focal[0, 1]) - 1) < 0.05
    picture = np.zeros((stretched.height, stretched.width, 3), np.uint8)
    picture[:, 0] = 200
    pixels, known = window.cut(picture), window.within(*picture.shape[:2])
    assert pixels.shape[:2] == known.shape == (window.rows, window.columns)
    assert not known[:, 0].any()
    assert (pixels[:, 0] == 200).all()


def test_nothing_in_view_has_no_contour():
    camera = orbiting_cameras([0])
    aside = camera.crop(10_000, 10_000, 64, 64, 64, 64)
    view = view_mesh(Renderer(bumpy_ball(8, 8)), aside)
    assert view.contour.shape == (4, 0)
    assert view.normals.shape == (0, 2)
