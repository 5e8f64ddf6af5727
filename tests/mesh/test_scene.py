"""What is computed of some triangles at once, or of a lone part, is that of all."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.mesh import _strays, scene
from camera_estimation.mesh._strays import triangle_areas
from camera_estimation.mesh.scene import Scene, edge_products, join_scenes, visible_part

COUNT = 500


@pytest.fixture
def soup() -> Scene:
    random = np.random.default_rng(0)
    vertices = random.standard_normal((300, 3))
    return Scene(
        vertices=vertices,
        faces=random.integers(0, 300, (COUNT, 3)),
        uv=random.random((300, 2)),
        vertex_colors=np.ones((300, 3)),
        face_texture=np.zeros(COUNT, dtype=np.int64),
        textures=(),
    )


@pytest.fixture(params=[64, COUNT, 2 * COUNT])
def at_once(request, monkeypatch) -> None:
    monkeypatch.setattr(scene, "FACES_AT_ONCE", request.param)
    monkeypatch.setattr(_strays, "FACES_AT_ONCE", request.param)


def test_edge_products_are_cross_products(soup, at_once):
    first, second, third = soup.vertices[soup.faces].transpose(1, 0, 2)
    expected = np.cross(second - first, third - first)
    found = np.concatenate([np.stack(products, axis=1) for _, products in edge_products(soup.vertices, soup.faces)])
    assert np.allclose(found, expected)
    extent = np.ptp(soup.vertices, axis=0).max()
    assert np.allclose(triangle_areas(soup), np.linalg.norm(expected, axis=1) / 2 / extent**2)


def test_triangles_without_an_area_are_left_out(soup, at_once, tmp_path):
    flat = (soup.faces[:, 0] == soup.faces[:, 1]) | (soup.faces[:, 1] == soup.faces[:, 2])
    flat |= soup.faces[:, 0] == soup.faces[:, 2]
    assert flat.any()
    assert len(visible_part(soup, tmp_path / "soup.glb", "repair it").faces) == COUNT - flat.sum()


def test_a_lone_part_is_taken_as_it_is_where_its_arrays_can_be(soup):
    joined = join_scenes([soup], ())
    assert np.shares_memory(joined.vertices, soup.vertices)
    turned = Scene(**{**vars(soup), "faces": soup.faces[:, ::-1]})
    turned.vertices.flags.writeable = False
    joined = join_scenes([turned], ())
    assert np.array_equal(joined.faces, turned.faces)
    assert all(array.flags.c_contiguous and array.flags.writeable for array in (joined.faces, joined.vertices))
