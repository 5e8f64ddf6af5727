"""Single stages on pose hypotheses: what goes in, what comes out, what the trace keeps."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import (
    Configuration,
    LevelConfig,
    RefinementConfig,
    SearchConfig,
)
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.initialization import Initialization
from camera_estimation.estimation.observation import observe
from camera_estimation.estimation.pipeline import (
    FOCAL_ITERATIONS,
    OCCLUDED_ITERATIONS,
    finest_level,
    level_iterations,
    propose,
    refine_coarse_to_fine,
    refine_coarsely_beside,
    suppress,
)
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import retract, rotmat_geodesic_distance
from camera_estimation.poses import Candidates, Trace
from tests.support.shapes import bumpy_ball, source_image_of, view_from

LEVELS = (
    LevelConfig(resolution=48, blur=1.5, iterations=5, keep=4, simplified=True),
    LevelConfig(resolution=64, blur=1.0, iterations=6, keep=2),
)
CONFIG = Configuration(search=SearchConfig(viewpoints=100, rolls=12), refinement=RefinementConfig(levels=LEVELS))
TRUTH = view_from((0.5, 0.4, 1.0), size=96)
TURNS = torch.tensor([[0.0, 0, 0, 0, 0, 0], [0.0, 0.05, 0, 0, 0, 0], [0.0, 0.6, 0, 0, 0, 0], [0.0, 1.2, 0, 0, 0, 0]])


@pytest.fixture(scope="module")
def mesh() -> PreparedMesh:
    return PreparedMesh(bumpy_ball(40, 40), CONFIG)


@pytest.fixture(scope="module")
def observation(mesh):
    intrinsics = (*TRUTH.focal[0].tolist(), *TRUTH.principal_point[0].tolist())
    return observe(source_image_of(mesh.renderer.supersample(TRUTH, 4)), intrinsics, mesh.mesh, CONFIG)


def hypotheses_of(mesh, observation, trace: Trace) -> PoseHypotheses:
    cameras = retract(TRUTH[[0] * len(TURNS)], TURNS)
    return PoseHypotheses(observation, Candidates(cameras, -torch.arange(4.0)), (mesh.renderer,) * len(TURNS), trace)


def test_given_poses_come_first_and_alone_without_a_search(mesh, observation):
    asked = []

    def search(target, full, report, partial=False):
        asked.append(partial)
        return Candidates(TRUTH[[0, 0, 0]], torch.tensor([3.0, 2.0, 1.0]))

    world, trace = mesh.mesh.to_world(TRUTH), Trace()
    alone = propose(observation, Initialization(world, 0), search, mesh, CONFIG, trace, False)
    both = propose(observation, Initialization(world, 2), search, mesh, CONFIG, trace, True)
    searched = propose(observation, Initialization(), search, mesh, CONFIG, trace, False)
    assert asked == [True, False]
    assert alone.candidates.score.tolist() == [torch.inf]
    assert both.candidates.score.tolist() == [torch.inf, 3.0, 2.0]
    assert searched.candidates.score.tolist() == [3.0, 2.0, 1.0]
    assert both.occluded
    assert not searched.occluded
    assert [(stage.name, len(stage.kept)) for stage in trace.stages] == [("search", 1), ("search", 3), ("search", 3)]
    assert torch.allclose(alone.camera.rotation, TRUTH.rotation, atol=1e-6)


def test_suppression_leaves_out_neighbors_and_the_hopeless(mesh, observation):
    trace = Trace()
    score = torch.tensor([1.0, 1.5, 2.0, 2.0 + CONFIG.refinement.hopeless])
    hypotheses = hypotheses_of(mesh, observation, trace)
    kept = suppress(hypotheses, "stage", hypotheses.camera, score, 4, mesh, CONFIG)
    assert kept.candidates.score.tolist() == [-1.0, -2.0]
    assert trace.stages[-1].kept == [0, 2]
    assert len(kept.renderers) == 2


def test_levels_refine_and_keep_fewer(mesh, observation):
    trace = Trace(recording=True)
    found = refine_coarse_to_fine(hypotheses_of(mesh, observation, trace), mesh, CONFIG)
    assert [stage.name for stage in trace.stages] == ["refine 48 px", "refine 64 px"]
    assert len(found) <= LEVELS[-1].keep
    assert rotmat_geodesic_distance(found.camera.rotation[:1], TRUTH.rotation).item() < 0.02
    assert {iteration.stage for iteration in trace.iterations} == {"refine 48 px", "refine 64 px"}


def test_what_leads_to_a_known_pose_is_not_found_again(mesh, observation):
    """Of two near the truth and two far off, the near ones end at the known one, which is not among what is new."""
    trace = Trace()
    hypotheses = hypotheses_of(mesh, observation, trace)
    new = refine_coarsely_beside(hypotheses, hypotheses[[0]], mesh, CONFIG)
    (stage,) = trace.stages
    assert len(stage.score) == 1 + len(TURNS)
    assert 0 in stage.kept  # the known one competes
    assert len(new) == len(stage.kept) - 1
    apart = rotmat_geodesic_distance(new.camera.rotation, TRUTH.rotation.expand(len(new), -1, -1))
    assert (apart > math.radians(CONFIG.refinement.merging_deg)).all()


def test_hypotheses_in_another_order(mesh, observation):
    hypotheses = hypotheses_of(mesh, observation, Trace())
    turned = hypotheses[[2, 0]]
    assert turned.candidates.score.tolist() == [-2.0, -0.0]
    assert torch.equal(turned.camera.rotation[0], hypotheses.camera.rotation[2])
    assert len(turned) == len(turned.renderers) == 2


def test_harder_problems_take_more_iterations(mesh, observation):
    level, known = LEVELS[0], hypotheses_of(mesh, observation, Trace())
    free = replace(known, observation=observe(observation.image, None, mesh.mesh, CONFIG))
    assert level_iterations(level, known) == level.iterations
    assert level_iterations(level, replace(known, occluded=True)) == OCCLUDED_ITERATIONS * level.iterations
    assert level_iterations(level, free) == round(FOCAL_ITERATIONS * level.iterations) > level.iterations
    assert finest_level(CONFIG) is LEVELS[-1]
    assert finest_level(replace(CONFIG, refinement=RefinementConfig(levels=()))).resolution == 256
