"""Views of meshes on disk: the same as drawn ones, found by content, and never in the way."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch

from camera_estimation.configuration import SearchConfig
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search import view_cache
from camera_estimation.search.view_cache import ViewCache, content_digest
from camera_estimation.search.view_drawing import DrawnViews
from camera_estimation.search.viewpoint_search import ViewpointSearch
from tests.support.shapes import box, bumpy_ball, smooth_texture, view_from

SMALL = SearchConfig(viewpoints=60, rolls=12, resolution=48)
DISTANCE = 3.0


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(view_cache, "views_folder", lambda: tmp_path / "views")
    return tmp_path / "views"


@pytest.fixture
def drawn(monkeypatch) -> list[float]:
    """Distances that views were drawn from."""
    distances: list[float] = []
    own = view_cache.draw_views

    def draw(renderer, distance, config):
        distances.append(distance)
        return own(renderer, distance, config)

    monkeypatch.setattr(view_cache, "draw_views", draw)
    return distances


def views_of(mesh: TexturedMesh, config: SearchConfig = SMALL, distance: float = DISTANCE) -> DrawnViews:
    return ViewCache(Renderer(mesh), config).views(distance)


def assert_same(own: DrawnViews, other: DrawnViews) -> None:
    for field in fields(own):
        first, second = getattr(own, field.name), getattr(other, field.name)
        assert (first is None and second is None) or (first.dtype == second.dtype and torch.equal(first, second))


def plain_box() -> TexturedMesh:
    return box()


@pytest.mark.parametrize("make", [lambda: box(texture=smooth_texture()), plain_box, lambda: bumpy_ball(20, 20)])
def test_views_on_disk_are_those_that_are_drawn(folder, drawn, make):
    without = views_of(make(), replace(SMALL, cache=False))
    assert not folder.exists()
    first, second = views_of(make()), views_of(make())
    assert drawn == [DISTANCE] * 2
    assert_same(first, without)
    assert_same(second, without)


def test_a_search_finds_the_same_with_and_without(folder):
    camera = view_from((0.3, 0.5, 1.0), size=96)
    target, _ = Renderer(bumpy_ball(20, 20)).draw(camera)
    found = [
        ViewpointSearch(Renderer(bumpy_ball(20, 20)), replace(SMALL, cache=cache))(target, camera)
        for cache in (False, True, True)
    ]
    assert len(list(folder.iterdir())) == 1
    for other in found[1:]:
        assert torch.equal(other.score, found[0].score)
        assert torch.equal(other.camera.rotation, found[0].camera.rotation)
        assert torch.equal(other.camera.translation, found[0].camera.translation)


def test_whatever_views_depend_on_makes_others(folder, drawn):
    mesh = box(texture=smooth_texture())
    views_of(mesh)
    views_of(mesh, distance=2.0)
    views_of(mesh, replace(SMALL, viewpoints=61))
    views_of(mesh, replace(SMALL, resolution=50))
    assert len(drawn) == len(list(folder.iterdir())) == 4
    views_of(mesh, replace(SMALL, candidates=3, rolls=6))  # these are of the comparison
    assert len(drawn) == 4


def test_content_tells_meshes_apart():
    mesh = box(texture=smooth_texture())
    texture = mesh.textures[0]
    texels = texture.texels.clone()
    texels[0, 0, 0] ^= 1
    others = [
        replace(mesh, vertices=mesh.vertices * 0.999),
        replace(mesh, faces=mesh.faces.flip(1)),
        replace(mesh, uv=mesh.uv + 0.1),
        replace(mesh, vertex_colors=mesh.vertex_colors * 0.5),
        replace(mesh, vertex_opacity=torch.ones(len(mesh.vertices))),
        replace(mesh, textures=(replace(texture, texels=texels),)),
        replace(mesh, textures=(replace(texture, wrap_u=2),)),
        replace(mesh, textures=(texture, texture)),
    ]
    digests = {content_digest(other) for other in (mesh, *others)}
    assert len(digests) == len(others) + 1
    assert content_digest(replace(mesh, path=mesh.path.with_name("other.glb"), remarks=("told",))) in digests


def test_damaged_files_are_made_anew(folder, drawn, capfd):
    first = views_of(bumpy_ball(20, 20))
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    cache = ViewCache(Renderer(bumpy_ball(20, 20)), SMALL)
    assert_same(cache.views(DISTANCE), first)
    assert (len(drawn), cache.remarks) == (2, ())
    assert capfd.readouterr() == ("", "")
    views_of(bumpy_ball(20, 20))
    assert len(drawn) == 2


def test_users_without_a_home_are_told(monkeypatch, drawn):
    def fail():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(view_cache, "views_folder", fail)
    cache = ViewCache(Renderer(bumpy_ball(20, 20)), SMALL)
    cache.views(2.0)
    assert drawn == [2.0]
    assert "no home folder" in cache.remarks[0]
    assert ViewCache(Renderer(bumpy_ball(20, 20)), replace(SMALL, cache=False)).remarks == ()


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path, monkeypatch, drawn):
    (tmp_path / "views").write_text("in the way")
    monkeypatch.setattr(view_cache, "views_folder", lambda: tmp_path / "views")
    search = ViewpointSearch(Renderer(bumpy_ball(20, 20)), SMALL)
    search.library(2.0)
    search.library(5.0)
    assert len(drawn) == 2
    (line,) = search.remarks
    assert "cannot be kept" in line
    assert "--no_cache" in line
    assert "\n" not in line
