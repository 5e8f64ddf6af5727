"""A renderer and a search of one's own, by their names in the configuration."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch

from camera_estimation import Configuration, estimate_camera, load_mesh, load_source_image
from camera_estimation.batch.example import EXAMPLE_FOLDER, EXAMPLE_SAMPLE
from camera_estimation.configuration import LevelConfig, RefinementConfig, SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.geometry.camera import make_camera, retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.poses.candidates import Candidates
from camera_estimation.rendering.backend import Backend, renderer_registry
from camera_estimation.rendering.backends.warp import WarpBackend
from camera_estimation.rendering.renderer import check_renderer
from camera_estimation.search.registry import Search, check_search, search_registry

SMALL = Configuration(
    renderer="counting",
    search=SearchConfig(method="known", viewpoints=50, rolls=8, resolution=32),
    refinement=RefinementConfig(
        mesh_quality="exact",
        occlusion="off",
        levels=(LevelConfig(resolution=96, blur=1.0, iterations=8, keep=1),),
    ),
    device="cpu",
)
EXPECTED = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
INTRINSICS = tuple(EXPECTED[name] for name in ("fx", "fy", "cx", "cy"))


class CountingBackend(Backend):
    """The project's own kernels, counted."""

    drawn = 0

    def __init__(self, mesh):
        self.inner = WarpBackend(mesh)

    def shade(self, camera, samples, every_sample):
        CountingBackend.drawn += len(camera)
        return self.inner.shade(camera, samples, every_sample)

    def reshape(self, mesh):
        return CountingBackend(mesh)


class KnownSearch(Search):
    """Finds what is nearly the true camera."""

    evaluates_objective = False

    def __init__(self, renderer, objective, config):
        self.mesh = renderer.mesh

    def __call__(self, target, full, on_best, partial=False):
        pose = torch.tensor(EXPECTED["world_to_camera"], dtype=torch.float64)[None]
        camera = self.mesh.to_normalized(make_camera(pose, torch.ones(4), full.width, full.height)).to(torch.float32)
        true = replace(full, rotation=camera.rotation, translation=camera.translation)
        return Candidates(retract(true, torch.tensor([[0.05, -0.05, 0.05, 0.0, 0.0, 0.03]])), torch.zeros(1))


class BrokenSearch(KnownSearch):
    @staticmethod
    def missing():
        return "search 'broken' needs a glue that is not installed: pip install glue"


@pytest.fixture
def plugins():
    with renderer_registry.isolate(), search_registry.isolate():
        renderer_registry.register("counting")(CountingBackend)
        search_registry.register("known")(KnownSearch)
        search_registry.register("broken")(BrokenSearch)
        yield


def test_the_example_is_estimated_by_them(plugins):
    image = load_source_image(EXAMPLE_SAMPLE.image_path)
    estimate = estimate_camera(load_mesh(EXAMPLE_SAMPLE.mesh_path), image, SMALL, intrinsics=INTRINSICS)
    true = torch.tensor(EXPECTED["world_to_camera"], dtype=torch.float64)[:3, :3]
    assert math.degrees(rotmat_geodesic_distance(estimate.camera.rotation[0], true).item()) < 2
    assert CountingBackend.drawn > 10


def test_what_is_missing_is_told(plugins):
    with pytest.raises(InputError, match="pip install glue"):
        check_search(SearchConfig(method="broken"))


def test_messages_name_them_too(plugins):
    with pytest.raises(InputError, match="choose warp or pytorch3d or counting"):
        check_renderer("opengl")
    with pytest.raises(InputError, match="choose viewpoints, dinov2, pso, cma, known, broken"):
        check_search(SearchConfig(method="swarm"))


def test_they_are_forgotten_afterwards():
    assert "counting" not in renderer_registry.names()
    assert search_registry.names() == ["viewpoints", "dinov2", "pso", "cma"]
    assert [cls.evaluates_objective for cls in search_registry.classes().values()] == [False, False, True, True]
