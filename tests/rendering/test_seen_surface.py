"""The surface point of each pixel, beside rays that are tried against every triangle, and OpenCV's projection."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from camera_estimation.geometry import FISHEYE, OPENCV, Distortion, Lens, make_camera
from camera_estimation.rendering import Renderer
from camera_estimation.rendering.seen_surface import SeenSurface
from camera_estimation.rendering.tiles import TILE
from tests.support.shapes import bumpy_ball

WIDTH, HEIGHT = 220, 180
INTRINSICS = (260.0, 240.0, 100.0, 96.0)  # not square, and off the middle
BENT = Distortion.of(OPENCV, {"k1": -0.3, "k2": 0.12, "p1": 0.01, "p2": -0.006, "k3": 0.01})
ROUND = Distortion.of(FISHEYE, {"k1": 0.05, "k2": -0.01})


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(16, 32))


def camera_before(distance: float = 4.0):
    turn = torch.linalg.matrix_exp(torch.tensor([[0, -0.3, 0.5], [0.3, 0, 0.8], [-0.5, -0.8, 0]], dtype=torch.float64))
    pose = torch.eye(4, dtype=torch.float64)
    pose[:3, :3], pose[:3, 3] = turn, torch.tensor([0.1, -0.05, distance])
    return make_camera(pose[None], torch.tensor(INTRINSICS, dtype=torch.float64), WIDTH, HEIGHT)


def lens_of(distortion: Distortion | None) -> Lens | None:
    return None if distortion is None else Lens(INTRINSICS, distortion, WIDTH, HEIGHT)


def points_of(surface: SeenSurface) -> dict[str, np.ndarray]:
    """Of all pixels that show the mesh: rows, columns, faces, weights, points in camera axes."""
    found = {key: [] for key in ("row", "column", "face", "weights", "points")}
    for rows, shown, points in surface.bands():
        row, column = np.nonzero(shown)
        values = (row + rows.start, column, points.face, points.weights, points.camera_points)
        for key, value in zip(found, values, strict=True):
            found[key].append(np.asarray(value))
    return {key: np.concatenate(values) for key, values in found.items()}


@np.errstate(divide="ignore", invalid="ignore")
def first_hits(corners: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """How many times their length rays go to the first of all triangles (Moeller and Trumbore), infinite for none."""
    origin, (one, two) = corners[:, 0], np.moveaxis(corners[:, 1:] - corners[:, :1], 1, 0)
    nearest = np.full(len(rays), np.inf)
    for index, ray in enumerate(rays):
        across = np.cross(ray, two)
        scale = (one * across).sum(-1)
        u = -(origin * across).sum(-1) / scale
        along = np.cross(-origin, one)
        v = along @ ray / scale
        distance = (two * along).sum(-1) / scale
        hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (distance > 0)
        nearest[index] = distance[hit].min(initial=np.inf)
    return nearest


@pytest.mark.parametrize("distortion", [None, BENT, ROUND], ids=["pinhole", "bent", "fisheye"])
def test_each_point_is_the_first_on_the_ray_of_its_pixel(renderer, distortion):
    surface = SeenSurface(renderer, camera_before(), lens_of(distortion))
    found = points_of(surface)
    assert len(found["row"]) > 5000
    corners = surface.corners.numpy()
    expected = (found["weights"][..., None] * corners[found["face"]]).sum(1)
    np.testing.assert_allclose(found["points"], expected, atol=1e-5)
    some = np.random.default_rng(0).choice(len(found["row"]), 400, replace=False)
    hits = first_hits(corners, found["points"][some])
    assert np.mean(np.abs(hits - 1) < 1e-6) > 0.99  # on edges the rasterizer may have seen the neighbor
    np.testing.assert_allclose(hits, 1, atol=0.02)


@pytest.mark.parametrize("distortion", [None, BENT, ROUND], ids=["pinhole", "bent", "fisheye"])
def test_opencv_projects_each_point_onto_the_center_of_its_pixel(renderer, distortion):
    found = points_of(SeenSurface(renderer, camera_before(), lens_of(distortion)))
    fx, fy, cx, cy = INTRINSICS
    matrix = np.array([[fx, 0, cx - 0.5], [0, fy, cy - 0.5], [0, 0, 1]])
    points, still = found["points"][:, None], np.zeros(3)
    if distortion is ROUND:
        pixels, _ = cv2.fisheye.projectPoints(points, still, still, matrix, np.array([0.05, -0.01, 0, 0]))
    else:
        coefficients = None if distortion is None else np.array([-0.3, 0.12, 0.01, -0.006, 0.01])
        pixels, _ = cv2.projectPoints(points, still, still, matrix, coefficients)
    expected = np.stack([found["column"], found["row"]], axis=-1)
    np.testing.assert_allclose(pixels[:, 0], expected, atol=1e-3)


def test_the_silhouette_is_that_of_the_render(renderer):
    camera = camera_before()
    surface = SeenSurface(renderer, camera)
    mask = renderer.render(renderer.mesh.to_normalized(camera).to(torch.float32)).mask[0, 0].numpy()
    assert (surface.faces[mask == 1] >= 0).all()
    assert (surface.faces[mask == 0] == -1).all()


def test_tiles_and_bands_do_not_show(renderer, monkeypatch):
    whole = SeenSurface(renderer, camera_before())
    expected = points_of(whole)
    monkeypatch.setattr("camera_estimation.rendering.tiles.TILE", 37)
    monkeypatch.setattr("camera_estimation.rendering.seen_surface.BAND_PIXELS", 5 * WIDTH)
    parts = SeenSurface(renderer, camera_before())
    assert TILE > WIDTH
    assert (parts.faces == whole.faces).mean() > 0.9999  # single precision on edges
    np.testing.assert_allclose(points_of(parts)["points"], expected["points"], atol=1e-4)


def test_a_mesh_beside_the_frame_shows_nothing(renderer):
    camera = camera_before()
    aside = camera.crop(-5000, 0, WIDTH, HEIGHT, WIDTH, HEIGHT)
    surface = SeenSurface(renderer, aside)
    assert (surface.faces == -1).all()
    assert list(surface.bands()) == []
    assert (SeenSurface(renderer, camera_before(-4.0), lens_of(BENT)).faces == -1).all()  # behind
