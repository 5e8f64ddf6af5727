"""The chosen objective ranks the poses that are left, and refines the best where Gauss-Newton has not minimized it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import TargetView
from camera_estimation.losses import LossObjective, ViewObjective, coverage_trust
from camera_estimation.poses import Candidates, Trace
from camera_estimation.refinement import FreeFocal, OnIteration, descend
from camera_estimation.rendering import Renderer


@dataclass
class CameraObjective:
    """The objective as a function of cameras of the full image, which are kept upright first where ``upright`` does it,
    and within the bounds of ``focal`` where the focal length is free.

    Where ``hidden_from`` is given, areas of the target that are hidden in the view of ``leave_out_hidden`` count for
    nothing. See ``ViewObjective`` for what else counts.
    """

    objective: LossObjective
    view: TargetView
    config: Configuration
    upright: Callable[[Camera], Camera]
    hidden_from: float | None = None
    focal: FreeFocal | None = None

    def __post_init__(self) -> None:
        self.of_view = ViewObjective(self.objective, self.view, self.config.appearance, self.hidden_from)

    @torch.no_grad()
    def leave_out_hidden(self, camera: Camera, renderer: Renderer) -> None:
        """Blank, from now on, what ``camera`` shows to be hidden; objectives that know of hidden areas see all."""
        if self.hidden_from is None or self.objective.minimized_by_gauss_newton:
            return
        mask = renderer.render(self._view_camera(camera)).mask
        self.of_view.blank(coverage_trust((self.view.rgba[:, 3:] - mask) * self.view.pixel_weight, self.hidden_from))

    def __call__(self, camera: Camera, renderer: Renderer) -> Float[Tensor, " B"]:
        seen = self._view_camera(camera)
        return self.of_view(renderer.render(seen), seen)

    def constrain(self, camera: Camera) -> Camera:
        """The nearest cameras that are allowed."""
        return self.upright(camera if self.focal is None else self.focal.constrain(camera))

    def weigh(self, loss: Float[Tensor, " B"], camera: Camera) -> Float[Tensor, " B"]:
        """The losses raised by how unexpected the focal lengths are."""
        return loss if self.focal is None else loss + loss.detach().abs() * (self.focal.factor(camera) - 1)

    @torch.no_grad()
    def terms(self, camera: Camera, renderer: Renderer) -> dict[str, float]:
        """What the loss of one camera is the sum of."""
        seen = self._view_camera(camera)
        return {name: float(value) for name, value in self.of_view.terms(renderer.render(seen), seen).items()}

    def _view_camera(self, camera: Camera) -> Camera:
        return self.view.camera(self.constrain(camera))


def camera_objective(
    hypotheses: PoseHypotheses, objective: LossObjective, mesh: PreparedMesh, config: Configuration
) -> CameraObjective:
    """The objective for the image of ``hypotheses``; areas count as hidden where they say so."""
    levels, view = config.refinement.levels, hypotheses.observation.target.view(config.loss.resolution)
    hidden_from = levels[-1].hidden_from if hypotheses.occluded and levels else None
    focal = hypotheses.observation.free_focal()
    return CameraObjective(objective, view, config, mesh.constrain, hidden_from, focal)


def select_pose(
    hypotheses: PoseHypotheses, objective: LossObjective, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """The hypotheses, best first, with minus their losses as scores; the best refined under the objective."""
    loss_of = camera_objective(hypotheses, objective, mesh, config)
    loss_of.leave_out_hidden(hypotheses.camera[:1], hypotheses.renderers[0])
    with torch.no_grad():
        losses = _losses_of_each(loss_of, hypotheses)
    order = losses.argsort()
    hypotheses, losses = hypotheses[order.tolist()], losses[order]
    cameras = mesh.constrain(hypotheses.camera)
    hypotheses.trace.report(float(losses[0]))
    if not (objective.minimized_by_gauss_newton and config.refinement.levels):
        best, least = descend_objective(loss_of, cameras[:1], hypotheses.renderers[0], config, hypotheses.trace)
        cameras, losses = concatenate([best, cameras[1:]]), torch.cat([least, losses[1:]])
    hypotheses.trace.record_stage("decide", cameras, losses, [0])
    return replace(hypotheses, candidates=Candidates(cameras, -losses))


def descend_objective(
    loss_of: CameraObjective, cameras: Camera, renderer: Renderer, config: Configuration, trace: Trace
) -> tuple[Camera, Float[Tensor, " B"]]:
    """Where gradient descent leads each of the cameras, and the losses there."""
    found = descend(
        lambda camera: loss_of.weigh(loss_of(camera, renderer), loss_of.constrain(camera)),
        cameras,
        config.loss.steps,
        config.loss.first_step,
        optimize_focal=loss_of.focal is not None,
        on_iteration=_follow_descent(loss_of, renderer, trace),
    )
    best = loss_of.constrain(found.camera)
    if loss_of.focal is None:
        return best, found.loss.detach()
    with torch.no_grad():
        return best, loss_of(best, renderer)


def _follow_descent(loss_of: CameraObjective, renderer: Renderer, trace: Trace) -> OnIteration:
    """Reports the descent's least loss so far; its iterations with their terms where they are kept."""
    least = torch.inf

    def on_iteration(number: int, camera: Camera, loss: Tensor, step: Tensor) -> None:
        nonlocal least
        least = min(least, float(loss.min()))
        trace.report(least)
        if trace.recording:
            camera = loss_of.constrain(camera)
            trace.record_iteration("descend", number, camera, loss, step, loss_of.terms(camera, renderer))

    return on_iteration


def _losses_of_each(loss_of: CameraObjective, hypotheses: PoseHypotheses) -> Float[Tensor, " B"]:
    """Of poses found with deformed meshes what they were refined by, which counts the deformation in; else the
    objective, in one batch where all see the same mesh."""
    if hypotheses.deformed is not None and loss_of.objective.minimized_by_gauss_newton:
        return -hypotheses.candidates.score
    camera, renderers = hypotheses.camera, hypotheses.renderers
    if all(renderer is renderers[0] for renderer in renderers):
        return loss_of(camera, renderers[0])
    return torch.cat([loss_of(camera[i : i + 1], renderer) for i, renderer in enumerate(renderers)])
