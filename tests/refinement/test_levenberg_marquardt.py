"""The one loop, on residuals whose minimum is known, and its batches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch

from camera_estimation.configuration import DeformationConfig
from camera_estimation.geometry import concatenate, retract
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement import SmoothDeformations, refine_deformed
from camera_estimation.refinement.deformation import MAX_MODE_STEP, _DeformedPose
from camera_estimation.refinement.focal_length import FreeFocal
from camera_estimation.refinement.levenberg_marquardt import (
    MAX_PERSPECTIVE,
    MAX_ROTATION,
    MAX_SHIFT,
    TO_THE_END,
    Linearization,
    PoseState,
    minimize,
    pixels_per_radius,
    pose_excess,
    promised_gain,
    solve_damped,
)
from camera_estimation.rendering import Renderer
from tests.support.shapes import bumpy_ball, target_view, view_from

TRUTH = view_from((0.3, 0.2, 1.0), size=64)
POINTS = torch.randn(30, 3, generator=torch.Generator().manual_seed(0)) * 0.5
START = torch.tensor([[0.1, -0.08, 0.05, 0.05, 0.02, 0.1], [-0.05, 0.1, 0.1, 0.0, -0.05, -0.1]])


@dataclass
class Reprojection:
    """Pixels between projected points and where the true camera sees them; coefficients are drawn to 1."""

    modes: int = 0

    def residuals(self, state: PoseState, step: torch.Tensor) -> torch.Tensor:
        camera = retract(state.camera, step[:, :6])
        off = (camera.project(POINTS.expand(len(state), -1, -1))[0] - TRUTH.project(POINTS[None])[0]).flatten(1)
        return torch.cat([off, state.coefficients + step[:, 6:] - 1], dim=1)

    def linearize(self, state: PoseState) -> Linearization:
        parameters, normal, gradient, cost = 6 + self.modes, [], [], []
        for index in range(len(state)):
            one = state[[index]]
            jacobian = torch.autograd.functional.jacobian(
                lambda step, one=one: self.residuals(one, step)[0], torch.zeros(1, parameters)
            )[:, 0]
            residual = self.residuals(one, torch.zeros(1, parameters))[0]
            normal.append(jacobian.T @ jacobian)
            gradient.append(-jacobian.T @ residual)
            cost.append(residual.square().sum())
        return Linearization(torch.stack(cost), torch.stack(normal), torch.stack(gradient))

    def constrain(self, state: PoseState) -> PoseState:
        return state

    def cut(self, step: torch.Tensor) -> torch.Tensor:
        return step / pose_excess(step, 6).clamp(min=1.0)[:, None]


def begin(modes: int = 0) -> PoseState:
    return PoseState(retract(TRUTH[[0, 0]], START), torch.zeros(2, modes))


@pytest.mark.parametrize("modes", [0, 3])
def test_known_poses_and_coefficients_are_found(modes):
    minimum = minimize(Reprojection(modes), begin(modes), 20)
    state, found = minimum.state, minimum.found
    assert minimum.better.tolist() == [0, 1]
    assert torch.allclose(state.camera.rotation, TRUTH.rotation.expand(2, -1, -1), atol=1e-3)
    assert torch.allclose(state.camera.translation, TRUTH.translation.expand(2, -1), atol=1e-2)
    assert torch.allclose(state.coefficients, torch.ones(2, modes), atol=1e-3)
    assert (found.cost < 1e-2).all()


def test_the_cost_never_rises_and_every_iteration_is_told():
    told = []
    minimize(Reprojection(), begin(), 6, lambda number, camera, cost, step: told.append((number, cost.clone(), step)))
    assert [number for number, *_ in told] == list(range(len(told)))  # it ends where nothing moves any more
    assert 3 < len(told) <= 7
    costs = torch.stack([cost for _, cost, _ in told])
    assert (costs[1:] <= costs[:-1]).all()
    assert not told[0][2].any()
    assert told[1][2].any()


def test_no_iterations_leave_all_as_it_is():
    start = begin(2)
    minimum = minimize(Reprojection(2), start, 0)
    state, found = minimum.state, minimum.found
    assert torch.equal(state.camera.rotation, start.camera.rotation)
    assert torch.equal(state.coefficients, start.coefficients)
    assert torch.equal(found.cost, Reprojection(2).linearize(start).cost)


def test_steps_are_cut_to_where_the_linearization_holds():
    gradient = 100.0 * torch.eye(7)[[0, 4, 6]]
    step = solve_damped(Linearization(torch.ones(3), torch.eye(7).expand(3, 7, 7), gradient), torch.zeros(3))
    assert step.amax(1).tolist() == pytest.approx([100.0] * 3, rel=1e-4)
    assert Reprojection().cut(step)[:2].amax(1).tolist() == pytest.approx([MAX_ROTATION, MAX_SHIFT], rel=1e-4)
    renderer = Renderer(bumpy_ball(8, 8))
    scorer = PoseScorer(target_view(renderer, TRUTH), 1.0)
    deformations = SmoothDeformations(renderer.mesh, DeformationConfig(modes=4))
    free = FreeFocal(mean=0.01, deviation=0.01, least=0.0, greatest=1.0)
    for focal, last in ((None, MAX_MODE_STEP), (free, MAX_PERSPECTIVE)):
        bent = _DeformedPose(renderer, scorer, focal, None, deformations, 0.0)
        wider = torch.nn.functional.pad(step, (0, 0 if focal is None else 1))
        assert bent.cut(wider).amax(1).tolist() == pytest.approx([MAX_ROTATION, MAX_SHIFT, last], rel=1e-4)


def test_promised_gain_is_that_of_a_quadratic():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(3, 7, 7, generator=generator, dtype=torch.float64)
    gradient, step = torch.randn(2, 3, 7, generator=generator, dtype=torch.float64)
    current = Linearization(torch.full((3,), 100.0, dtype=torch.float64), root @ root.mT, gradient)
    # Of residuals r - J step, for which J^T r is the gradient and J^T J the normal matrix.
    residual = torch.linalg.solve(root, gradient[..., None])[..., 0]
    after = residual - (root.mT @ step[..., None])[..., 0]
    expected = residual.square().sum(1) - after.square().sum(1)
    assert torch.allclose(promised_gain(current, step), expected)


@dataclass
class Floored(Reprojection):
    """With a cost that no pose takes away."""

    floor: float = 0.0

    def linearize(self, state: PoseState) -> Linearization:
        found = super().linearize(state)
        return Linearization(found.cost + self.floor, found.normal_matrix, found.gradient)


def test_it_ends_where_no_pose_moves_by_more_than_a_part_of_a_pixel():
    steps = []
    minimize(Reprojection(), begin(), 30, lambda number, camera, cost, step: steps.append(step))
    pixels = [float((step.abs().amax(1) * pixels_per_radius(TRUTH)).max()) for step in steps]
    assert min(pixels[1:-1]) > TO_THE_END.moves >= pixels[-1]


def test_it_ends_where_a_step_promises_next_to_nothing():
    """Beside a large floor one step is all that is worth it, beside a middling one a few; each ends near the answer."""
    patience = replace(TO_THE_END, moves=1e-3)  # so that steps do not end for being short
    first = float(Reprojection().linearize(begin()).cost.max())
    counts, costs = [], []
    for floor in (100 / patience.gain * first, first, 0.0):
        told = []
        minimum = minimize(
            Floored(floor=floor), begin(), 30, lambda number, *_, told=told: told.append(number), patience=patience
        )
        counts.append(told[-1])
        costs.append(float((minimum.found.cost - floor).max()))
    assert counts[0] == 1
    assert 1 < counts[1] < counts[2]
    assert costs[1] < patience.gain * first


def stay_apart(camera, cost):
    """No pose is beside another."""
    return torch.arange(len(cost))


def test_of_poses_that_compete_those_that_would_not_catch_up_are_done():
    """One starts at the answer, which leaves the other behind by all that it costs."""
    start = PoseState(concatenate([TRUTH, retract(TRUTH, START[:1])]), torch.zeros(2, 0))
    moved = {}
    for overtaking in (0.0, 0.5, 1e6):
        steps = []
        patience = replace(TO_THE_END, overtaking=overtaking)
        minimize(Reprojection(), start, 8, lambda *told, s=steps: s.append(told[3]), False, stay_apart, patience)
        moved[overtaking] = sum(bool(step[1].any()) for step in steps)
    assert moved[1e6] == 1 < moved[0.0]
    assert moved[0.5] > 1  # it is catching up


def test_damping_shortens_steps():
    current = Linearization(torch.ones(2), torch.eye(6).expand(2, 6, 6), torch.full((2, 6), 0.01))
    weak, strong = solve_damped(current, torch.tensor([0.0, 9.0]))
    assert torch.allclose(strong, weak / 10, rtol=1e-3)


def test_poses_with_deformations_are_refined_in_a_batch_as_one_by_one():
    renderer, config = Renderer(bumpy_ball(30, 30)), DeformationConfig(modes=6)
    deformations = SmoothDeformations(renderer.mesh, config)
    camera = view_from((0.5, 0.4, 1.0), size=64)
    bent = 0.5 * torch.randn(deformations.count, generator=torch.Generator().manual_seed(1))
    scorer = PoseScorer(target_view(renderer.with_vertices(deformations.displace(bent)), camera), 1.0)
    starts = [retract(camera, START[[index]] / 2) for index in range(2)]
    together = refine_deformed(renderer, concatenate(starts), scorer, 5, deformations, config.prior_weight)
    for index, start in enumerate(starts):
        alone = refine_deformed(renderer, start, scorer, 5, deformations, config.prior_weight)
        assert torch.allclose(alone.camera.rotation[0], together.camera.rotation[index], atol=1e-5)
        assert torch.allclose(alone.coefficients[0], together.coefficients[index], atol=1e-3)
        assert alone.score.item() == pytest.approx(together.score[index].item(), rel=1e-4)


def test_equations_without_a_solution_give_no_step_and_leave_the_others_alone():
    root = torch.randn(2, 6, 6, generator=torch.Generator().manual_seed(0))
    normal, gradient = root @ root.mT, torch.ones(2, 6)
    alone = solve_damped(Linearization(torch.ones(1), normal[:1], gradient[:1]), torch.full((1,), 0.1))
    normal[1] = torch.nan
    step = solve_damped(Linearization(torch.ones(2), normal, gradient), torch.full((2,), 0.1))
    assert torch.equal(step[:1], alone)
    assert not step[1].any()


def test_states_are_taken_where_they_are_better():
    camera = concatenate([TRUTH, TRUTH])
    before, after = PoseState(camera, torch.zeros(2, 1)), PoseState(retract(camera, START), torch.ones(2, 1))
    found = before.take(torch.tensor([False, True]), after)
    for index, expected in enumerate((before, after)):
        assert torch.equal(found.camera.world_to_camera[index], expected.camera.world_to_camera[index])
        assert torch.equal(found.coefficients[index], expected.coefficients[index])
