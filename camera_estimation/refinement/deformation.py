"""Refinement of a pose together with a smooth deformation of the mesh, for meshes that are not quite their object.

A mesh made from one picture is bent by a few percent, and the pose that fits it best as it is lies degrees away from
the true one. The deformation is a nuisance: a Gaussian process over the surface with a squared-exponential covariance,
of which the strongest modes are estimated with the pose by Gauss-Newton under their prior (after Blanz and Vetter, "A
morphable model for the synthesis of 3D faces", 1999, with a covariance that knows only smoothness; Luethi et al.,
"Gaussian process morphable models", 2018). What the modes share with a similarity transform of the whole mesh is taken
out of them, so that they cannot stand in for the pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig, DeformationConfig
from camera_estimation.geometry import Camera
from camera_estimation.images import TargetView
from camera_estimation.losses import DEFAULT, blur_inside, evidence_cost, linearize_evidence, ranking_score
from camera_estimation.mesh import TexturedMesh
from camera_estimation.refinement.gauss_newton import (
    CONVERGED,
    DAMPING_DOWN,
    DAMPING_RANGE,
    DAMPING_UP,
    FIRST_DAMPING,
    MAX_ROTATION,
    MAX_SHIFT,
    OnIteration,
    image_motion,
    moved,
    normal_equations,
    straightened,
)
from camera_estimation.rendering import Renderer, motion_of

SURFACE_SAMPLES = 300  # points that stand for the surface
MAX_MODE_STEP = 1.0  # standard deviations of a mode that a step may change it by


class SmoothDeformations:
    """Displacements of a mesh's surface: a linear combination of ``count`` fields whose coefficients are, a priori,
    independent and of standard deviation 1."""

    def __init__(self, mesh: TexturedMesh, config: DeformationConfig) -> None:
        self.vertices = mesh.vertices
        self.length = config.length
        self.samples = surface_samples(mesh, SURFACE_SAMPLES)
        values, vectors = torch.linalg.eigh(self._covariance(self.samples).double())
        strongest = slice(-config.modes, None)
        # The Nystroem extension of the covariance's eigenvectors from the samples to all of space.
        self.extension = (config.deviation * vectors[:, strongest] / values[strongest].sqrt()).float()
        self.without_similarity = _orthogonal_to_similarities(self.samples, self.scalar_modes(self.samples))
        self.vertex_modes = self.scalar_modes(self.vertices)

    @property
    def count(self) -> int:
        return self.without_similarity.shape[1]

    def _covariance(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N S"]:
        return torch.exp(-0.5 * (torch.cdist(points, self.samples) / self.length).square())

    def scalar_modes(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N M"]:
        """The modes of each coordinate's displacement at ``points`` of the mesh's frame."""
        return self._covariance(points) @ self.extension

    def deformed(self, coefficients: Float[Tensor, " K"]) -> Float[Tensor, "V 3"]:
        """The vertices, displaced."""
        return self.vertices + self.vertex_modes @ (self.without_similarity @ coefficients).unflatten(0, (-1, 3))

    def magnitude(self, coefficients: Float[Tensor, " K"]) -> float:
        """Root-mean-square displacement over the surface, in object radii."""
        modes = self.scalar_modes(self.samples)
        displacement = modes @ (self.without_similarity @ coefficients).unflatten(0, (-1, 3))
        return float(displacement.square().sum(1).mean().sqrt())


def surface_samples(mesh: TexturedMesh, count: int) -> Float[Tensor, "S 3"]:
    """Points spread over the faces in proportion to their areas, the same ones each time."""
    corners = mesh.vertices[mesh.faces.long()]
    area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=1).double()
    share = area.cumsum(0) / area.sum().clamp(min=1e-12)
    chosen = torch.searchsorted(share, (torch.arange(count, device=share.device) + 0.5) / count)
    return corners[chosen.clamp(max=len(corners) - 1)].mean(1)


def _orthogonal_to_similarities(samples: Float[Tensor, "S 3"], modes: Float[Tensor, "S M"]) -> Float[Tensor, "3M K"]:
    """An orthonormal basis of the coefficients (mode by mode, three coordinates each) of the deformations that, in the
    mean over the samples, neither shift nor turn nor scale the mesh."""
    axes = torch.eye(3, device=samples.device)
    about_mean = samples - samples.mean(0)
    shifts = [axis.expand_as(samples) for axis in axes]
    turns = [torch.linalg.cross(axis.expand_as(samples), about_mean) for axis in axes]
    similarities = torch.stack([*shifts, *turns, about_mean])
    shared = torch.einsum("qsd,sm->qmd", similarities, modes).flatten(1).double()
    return torch.linalg.qr(shared.T, mode="complete").Q[:, len(similarities) :].float()


@dataclass(frozen=True)
class Deformed:
    """A pose and the coefficients of the deformation that it was found with; ``score`` is the ranking score of the
    deformed mesh plus the prior's cost; ``normal_matrix`` is that of the pose with the deformation marginalised."""

    camera: Camera
    coefficients: Float[Tensor, " K"]
    score: Float[Tensor, "1"]
    normal_matrix: Float[Tensor, "1 k k"]


@torch.no_grad()
def refine_deformed(
    renderer: Renderer,
    camera: Camera,
    target: TargetView,
    iterations: int,
    blur: float,
    deformations: SmoothDeformations,
    prior_weight: float,
    coefficients: Float[Tensor, " K"] | None = None,
    optimize_focal: bool = False,
    up: Float[Tensor, "3"] | None = None,
    appearance: AppearanceConfig = DEFAULT,
    hidden_from: float | None = None,
    on_iteration: OnIteration | None = None,
) -> Deformed:
    """Refine one camera (a batch of one) together with the coefficients, beginning from ``coefficients`` or none.

    ``prior_weight`` is the cost of a coefficient of one standard deviation, beside which ``appearance.compare`` weighs
    the images. Other arguments are those of ``gauss_newton.refine``.
    """
    if coefficients is None:
        coefficients = torch.zeros(deformations.count, device=camera.device)
    blurred_target = blur_inside(target.rgba, target.pixel_weight, blur)
    pose = 7 if optimize_focal else 6  # parameters, before those of the deformation
    prior = torch.zeros(pose + deformations.count, dtype=torch.float64, device=camera.device)
    prior[pose:] = prior_weight

    def linearized(camera: Camera, coefficients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        drawn = renderer.with_vertices(deformations.deformed(coefficients))
        image = image_motion(drawn, camera, blurred_target, target.pixel_weight, blur, appearance, hidden_from)
        seen = image.points[0, 3].flatten() > 0
        points = image.points[0, :3].flatten(1).T[seen]
        pose_motion = motion_of(image.points, camera, pose)[:, :, seen]
        motion = torch.cat([pose_motion, deformation_motion(points, camera, deformations)], dim=-1)
        normal, force = normal_equations(image.structure[..., seen], image.force[..., seen], motion)
        normal, force = normal[0].double() + torch.diag(prior), force[0].double()
        force[pose:] -= prior_weight * coefficients
        cost = image.cost[0] + prior_weight * coefficients.square().sum()
        if target.evidence.constrains_pose:
            own = linearize_evidence(target.evidence, camera, image.surface, pose)
            normal[:pose, :pose] += own[1][0].double()
            force[:pose] += own[2][0].double()
            cost = cost + own[0][0]
        return cost, normal, force

    cost, normal, force = linearized(camera, coefficients)
    damping = FIRST_DAMPING
    for iteration in range(iterations):
        step = _step(normal, force, damping, pose)
        trial_camera = moved(camera, step[None, :pose])
        if up is not None:
            trial_camera = straightened(trial_camera, up)
        trial_coefficients = coefficients + step[pose:]
        trial = linearized(trial_camera, trial_coefficients)
        if trial[0] < cost:
            camera, coefficients, (cost, normal, force) = trial_camera, trial_coefficients, trial
            damping = max(damping * DAMPING_DOWN, DAMPING_RANGE[0])
        else:
            damping = min(damping * DAMPING_UP, DAMPING_RANGE[1])
        if on_iteration is not None:
            on_iteration(iteration + 1, camera, cost[None], step[None, :pose])
        if step[:pose].abs().max() < CONVERGED:
            break
    rgba, points = renderer.with_vertices(deformations.deformed(coefficients)).draw(camera)
    rgba = blur_inside(rgba, target.pixel_weight, blur)
    score = ranking_score(rgba, blurred_target, target.pixel_weight, appearance, points, hidden_from)
    score = score + evidence_cost(target.evidence, camera, points)
    return Deformed(camera, coefficients, score + prior_weight * coefficients.square().sum(), marginal(normal, pose))


def deformation_motion(
    points: Float[Tensor, "P 3"], camera: Camera, deformations: SmoothDeformations
) -> Float[Tensor, "1 2 P K"]:
    """Motion (pixels) of ``points`` in the image per unit of every coefficient."""
    in_camera = points @ camera.rotation[0].T + camera.translation[0]
    inverse = 1 / in_camera[:, 2:].clamp(min=1e-6)
    slope = in_camera[:, :2] * inverse
    modes = deformations.scalar_modes(points)
    columns = []
    for axis in range(2):  # the motion along u, and along v, per unit of displacement along x, y, z of the mesh's frame
        per_unit = (
            camera.focal[0, axis]
            * inverse
            * (camera.rotation[0, axis] - slope[:, axis : axis + 1] * camera.rotation[0, 2])
        )
        columns.append((modes[:, :, None] * per_unit[:, None]).flatten(1) @ deformations.without_similarity)
    return torch.stack(columns)[None]


def marginal(normal: Float[Tensor, "K K"], kept: int) -> Float[Tensor, "1 k k"]:
    """The normal matrix of the first ``kept`` parameters when the others are free (the Schur complement)."""
    others = torch.linalg.solve(normal[kept:, kept:], normal[kept:, :kept])
    return (normal[:kept, :kept] - normal[:kept, kept:] @ others)[None].float()


def _step(normal: Float[Tensor, "K K"], force: Float[Tensor, " K"], damping: float, pose: int) -> Float[Tensor, " K"]:
    """Levenberg-Marquardt step, cut to where the linearisation holds."""
    diagonal = normal.diagonal()
    step = torch.linalg.solve(normal + torch.diag(damping * diagonal + 1e-6 * diagonal.max()), force).float()
    excess = torch.stack(
        [
            step[:3].norm() / MAX_ROTATION,
            step[3:pose].abs().max() / MAX_SHIFT,
            step[pose:].abs().max() / MAX_MODE_STEP,
        ]
    )
    return step / excess.max().clamp(min=1.0)
