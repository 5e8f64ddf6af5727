from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from camera_estimation.configuration import AppearanceConfig, DeformationConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement.deformation import marginal, pool_pixels, pose_change_by_bends, refine_deformed
from camera_estimation.refinement.gauss_newton import refine
from camera_estimation.refinement.smooth_deformations import SmoothDeformations, deformation_motion, surface_samples
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, bumpy_ball, mesh_of, target_view, view_from

# Bends of more kinds, and freer, than are expected of one image: those of the truth below are of them.
CONFIG = DeformationConfig(modes=16, length=1.2, prior_weight=3e-4)
SOFT = AppearanceConfig(color_threshold=CONFIG.color_threshold)
START = torch.tensor([[0.05, -0.04, 0.06, 0.03, -0.02, 0.03]])  # about 5 degrees


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(40, 40))


@pytest.fixture(scope="module")
def deformations(renderer):
    return SmoothDeformations(renderer.mesh, CONFIG)


def displacements(deformations: SmoothDeformations, coefficients: torch.Tensor) -> torch.Tensor:
    """Of the samples of the surface, in double precision."""
    modes = deformations.scalar_modes(deformations.samples).double()
    return modes @ (deformations.basis.double() @ coefficients.double()).unflatten(0, (-1, 3))


def seeded(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed))


def error_deg(camera, truth) -> float:
    return math.degrees(rotmat_geodesic_distance(camera.rotation, truth.rotation).item())


def test_no_coefficients_no_deformation(renderer, deformations):
    none = torch.zeros(deformations.count)
    assert torch.equal(deformations.displace(none), renderer.mesh.vertices)
    assert deformations.magnitude(none) == 0


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 10))
def test_deformations_neither_shift_nor_turn_nor_scale(deformations, seed, scale):
    """In the mean over the surface, for any coefficients."""
    moves = displacements(deformations, scale * seeded(deformations.count, seed))
    about_mean = (deformations.samples - deformations.samples.mean(0)).double()
    typical = float(moves.norm(dim=1).mean())
    assert moves.mean(0).norm() < 1e-4 * typical
    assert torch.linalg.cross(about_mean, moves, dim=1).mean(0).norm() < 1e-4 * typical
    assert (about_mean * moves).sum(1).mean().abs() < 1e-4 * typical


def test_all_but_similarities_are_left(deformations):
    """Smooth modes of three coordinates and three stretches; coefficients are independent in these."""
    assert deformations.count == 3 * CONFIG.modes + 3 - 7
    basis = deformations.basis.clone()
    basis[3 * CONFIG.modes :] /= CONFIG.stretch
    assert torch.allclose(basis.T @ basis, torch.eye(deformations.count), atol=1e-5)


def test_the_axes_of_a_box_have_scales_of_their_own():
    """Longer along x, thinner along z, as large and upright as before: no similarity, and all of it is expected."""
    mesh = box()
    deformations = SmoothDeformations(mesh, CONFIG)
    variance = deformations.samples.var(0, correction=0)
    stretches = torch.tensor([0.05, 0.0, -0.05 * float(variance[0] / variance[2])])
    wanted = torch.zeros(3 * CONFIG.modes + 9)
    wanted[[-9, -5, -1]] = stretches
    scales = torch.ones_like(wanted)
    scales[-9:] = CONFIG.stretch
    coefficients = (deformations.basis / scales[:, None]).T @ (wanted / scales)
    moved = deformations.displace(coefficients) - mesh.vertices
    expected = (mesh.vertices - deformations.samples.mean(0)) * stretches
    assert (moved - expected).norm() < 0.1 * expected.norm()
    assert coefficients.norm() == pytest.approx(float(stretches.norm()) / CONFIG.stretch, rel=0.05)


def test_modes_have_the_covariance_that_is_configured(deformations):
    """That of a squared exponential, but for what the modes leave out; less after similarities are taken out."""
    samples = deformations.samples
    modes = deformations.scalar_modes(samples)[:, : CONFIG.modes]
    expected = CONFIG.deviation**2 * torch.exp(-0.5 * (torch.cdist(samples, samples) / CONFIG.length).square())
    assert (modes @ modes.T - expected).abs().max() < 0.05 * CONFIG.deviation**2
    coefficients = torch.randn(200, deformations.count, generator=torch.Generator().manual_seed(0))
    magnitude = torch.tensor([deformations.magnitude(each) for each in coefficients]).square().mean().sqrt()
    spread = (samples - samples.mean(0)).square().sum(1).mean()
    most = (3 * CONFIG.deviation**2 + CONFIG.stretch**2 * spread).sqrt()
    assert 0.2 * most < magnitude < most
    assert deformations.typical_magnitude == pytest.approx(float(magnitude), rel=0.05)


def test_a_coarse_copy_bends_as_the_mesh(renderer, deformations):
    mesh = renderer.mesh
    coarse = mesh_of(mesh.vertices[::3], [[0, 1, 2]], normalize=False)
    coefficients = seeded(deformations.count, 2)
    bent = deformations.displace(coefficients)
    assert torch.allclose(deformations.on(coarse).displace(coefficients), bent[::3], atol=1e-6)
    assert torch.equal(deformations.displace(coefficients), bent)


def test_magnitude_is_that_of_the_surface(deformations):
    """Not of the vertices, which crowd where a mesh is dense."""
    coefficients = seeded(deformations.count, 0)
    expected = displacements(deformations, coefficients).square().sum(1).mean().sqrt()
    assert deformations.magnitude(coefficients) == pytest.approx(float(expected), rel=1e-4)


def test_faces_move_as_their_middles(renderer, deformations):
    """The deformation is a field: smooth beside the size of the faces."""
    coefficients = seeded(deformations.count, 1)
    faces = renderer.mesh.faces.long()
    shift = (deformations.displace(coefficients) - renderer.mesh.vertices)[faces].mean(1)
    middles = deformations.scalar_modes(renderer.mesh.vertices[faces].mean(1))
    expected = middles @ (deformations.basis @ coefficients).unflatten(0, (-1, 3))
    assert (shift - expected).abs().max() < 0.02 * CONFIG.deviation


def test_samples_follow_the_area_not_the_density():
    """Two squares of the same size, one of a hundred times the faces."""

    def square(divisions, offset, first):
        ticks = torch.linspace(0, 1, divisions + 1)
        x, y = torch.meshgrid(ticks, ticks, indexing="ij")
        index = torch.arange((divisions + 1) ** 2).reshape(divisions + 1, -1) + first
        a, b, c, d = index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]
        faces = torch.cat([torch.stack([a, b, c], -1).reshape(-1, 3), torch.stack([b, d, c], -1).reshape(-1, 3)])
        return torch.stack([x + offset, y, 0 * x], -1).reshape(-1, 3), faces

    coarse, fine = square(2, 0.0, 0), square(20, 3.0, 9)
    mesh = mesh_of(torch.cat([coarse[0], fine[0]]), torch.cat([coarse[1], fine[1]]))
    samples = surface_samples(mesh, 200)
    assert (samples[:, 0] < 0).sum() == pytest.approx(100, abs=2)


@pytest.mark.parametrize("direction", [(1.0, 0.5, 0.3), (-0.4, -0.8, 0.6)])
def test_motion_is_the_derivative_of_projection(deformations, direction):
    camera = view_from(direction, distance=2.5, size=96)
    points = deformations.samples[:40]
    motion = deformation_motion(points, camera, deformations)[0]
    modes = deformations.scalar_modes(points).double()
    for parameter in range(0, deformations.count, 8):
        unit = torch.zeros(deformations.count, dtype=torch.float64)
        unit[parameter] = 1e-3
        move = modes @ (deformations.basis.double() @ unit).unflatten(0, (-1, 3))
        after, before = (camera.to(torch.float64).project((points.double() + sign * move)[None])[0] for sign in (1, -1))
        expected = ((after - before) / 2e-3)[0]
        assert torch.allclose(motion[..., parameter].T.double(), expected, atol=1e-3 * float(expected.abs().max()))


def test_marginal_is_what_the_inverse_holds_of_the_pose():
    root = torch.randn(20, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    normal = root @ root.T + 0.1 * torch.eye(20, dtype=torch.float64)
    expected = torch.linalg.inv(torch.linalg.inv(normal)[:6, :6])
    assert torch.allclose(marginal(normal[None], 6)[0].double(), expected, rtol=1e-4, atol=1e-5)


def test_pooled_pixels_keep_their_sums_and_the_mean_of_their_points():
    generator = torch.Generator().manual_seed(0)
    moving, structure, force = (torch.rand(1, count, 5, 6, generator=generator) for count in (4, 3, 2))
    moving[:, :, 0, 1:] = 0  # only one of the first block is seen, and of the next ones the lower two
    point, sums, forces = pool_pixels(moving, structure.flatten(2), force.flatten(2))
    assert point.shape == (1, 4, 2, 3)
    assert torch.allclose(sums.sum(2), structure[..., :4, :].sum((2, 3)))
    assert torch.allclose(forces[0, :, 0], force[0, :, :2, :2].sum((1, 2)))
    assert torch.allclose(point[0, :, 0, 0], (moving[0, :, 0, 0] + moving[0, :, 1, 0] + moving[0, :, 1, 1]) / 3)
    assert torch.allclose(point[0, :, 0, 1], moving[0, :, 1, 2:4].mean(1))
    assert torch.allclose(point[0, :, 1, 2], moving[0, :, 2:4, 4:6].mean((1, 2)))


def test_rigid_poses_go_astray_by_bends_as_foretold(renderer, deformations):
    """A picture of a mesh that is bent a little, and the mesh as it is refined to it from the truth: rotations and
    places of several bends, to first order."""
    camera = view_from((0.5, 0.4, 1.0), size=192)
    scorer = PoseScorer(target_view(renderer, camera), 1.0)
    change = pose_change_by_bends(scorer(renderer, camera), deformations)
    assert change.shape == (6, deformations.count)
    foretold, found = [], []
    for seed in range(4):
        bend = 0.2 * seeded(deformations.count, seed)
        bent = renderer.with_vertices(deformations.displace(bend))
        astray = refine(renderer, camera, PoseScorer(target_view(bent, camera), 1.0), 15).camera
        turn = (astray.rotation @ camera.rotation.mT)[0]
        moved = astray.translation[0] - camera.translation[0]
        skew = torch.stack([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
        found.append(torch.cat([skew, moved[:2], moved[2:].div(4.0).log1p()]))
        foretold.append((change @ bend.to(change)).float())
    foretold, found = torch.stack(foretold), torch.stack(found)
    assert torch.nn.functional.cosine_similarity(foretold, found, dim=1).min() > 0.8
    assert found.norm() == pytest.approx(float(foretold.norm()), rel=0.3)


def test_pose_of_a_mesh_that_is_bent_is_found_with_the_bend(renderer, deformations):
    """Bent by 0.02 radii as the prior has it. Measured, mean of four views: 3.1 degrees with the mesh as it is,
    1.6 degrees with its deformation."""
    rigid, soft = [], []
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        truth = 0.8 * torch.randn(deformations.count, generator=generator)
        camera = view_from(torch.randn(3, generator=generator).tolist(), size=96)
        target = target_view(renderer.with_vertices(deformations.displace(truth)), camera)
        start = retract(camera, START)
        rigid.append(error_deg(refine(renderer, start, PoseScorer(target, 1.0), 15).camera, camera))
        found = refine_deformed(renderer, start, PoseScorer(target, 1.0, SOFT), 15, deformations, CONFIG.prior_weight)
        soft.append(error_deg(found.camera, camera))
    assert sum(soft) < 0.7 * sum(rigid)


def test_deformation_leaves_the_pose_of_an_exact_mesh(renderer):
    """With the prior as it is configured. Measured at 96 pixels: 0.4 degrees, 0.001 radii."""
    config = DeformationConfig()
    deformations = SmoothDeformations(renderer.mesh, config)
    camera = view_from((0.5, 0.4, 1.0), size=96)
    target = target_view(renderer, camera)
    found = refine_deformed(
        renderer, retract(camera, START), PoseScorer(target, 1.0, SOFT), 20, deformations, config.prior_weight
    )
    assert error_deg(found.camera, camera) < 1.0
    assert (found.camera.translation - camera.translation).norm() < 0.02
    assert deformations.magnitude(found.coefficients[0]) < 0.003


def test_a_strong_prior_is_the_rigid_mesh(renderer, deformations):
    """The first step is the same, but for pixels that are pooled; at the minimum samples make local ones, of which each
    finds another."""
    camera = view_from((0.5, 0.4, 1.0), size=128)
    bent = renderer.with_vertices(deformations.displace(seeded(deformations.count, 0)))
    target = target_view(bent, camera)
    rigid = refine(renderer, camera, PoseScorer(target, 1.0), 1)
    stiff = refine_deformed(renderer, camera, PoseScorer(target, 1.0), 1, deformations, prior_weight=1.0)
    assert error_deg(rigid.camera, camera) > 4
    assert error_deg(stiff.camera, rigid.camera) < 0.3
    assert deformations.magnitude(stiff.coefficients[0]) < 1e-3


def test_deformation_goes_on_from_where_it_was(renderer, deformations):
    """From the true coefficients the prior draws them back; no iterations leave all as it is."""
    camera, truth = view_from((0.5, 0.4, 1.0), size=64), 0.8 * seeded(deformations.count, 3)
    target = target_view(renderer.with_vertices(deformations.displace(truth)), camera)
    begin = (camera, PoseScorer(target, 1.0, SOFT))
    there = refine_deformed(renderer, *begin, 4, deformations, CONFIG.prior_weight / 10, truth[None])
    assert there.coefficients.norm() < truth.norm()
    assert error_deg(there.camera, camera) < 1
    still = refine_deformed(renderer, *begin, 0, deformations, 0.0, truth[None])
    assert torch.equal(still.coefficients[0], truth)
    assert still.score.item() < 0.01
