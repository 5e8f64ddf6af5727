"""The chosen objective ranks the poses that are left, and refines the best where Gauss-Newton has not minimised it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.coarse_to_fine import Explanation
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import Target, TargetView
from camera_estimation.losses import LossObjective, ViewObjective, coverage_trust
from camera_estimation.poses import Candidates, Trace
from camera_estimation.refinement import OnIteration, descend
from camera_estimation.rendering import Renderer


@dataclass
class CameraObjective:
    """The objective as a function of cameras of the full image; ``constrained`` is applied to them first.

    Where ``hidden_from`` is given, areas of the target that are hidden in the view of ``leave_out_hidden`` count for
    nothing. See ``ViewObjective`` for what else counts.
    """

    objective: LossObjective
    view: TargetView
    config: Configuration
    constrained: Callable[[Camera], Camera]
    hidden_from: float | None = None

    def __post_init__(self) -> None:
        self.of_view = ViewObjective(self.objective, self.view, self.config.appearance, self.hidden_from)

    @torch.no_grad()
    def leave_out_hidden(self, camera: Camera, renderer: Renderer) -> None:
        """Blank, from now on, what ``camera`` shows to be hidden; objectives that know of hidden areas see all."""
        if self.hidden_from is None or self.objective.minimized_by_gauss_newton:
            return
        mask = renderer.render(self._seen(camera)).mask
        self.of_view.blank(coverage_trust((self.view.rgba[:, 3:] - mask) * self.view.pixel_weight, self.hidden_from))

    def __call__(self, camera: Camera, renderer: Renderer) -> Float[Tensor, " B"]:
        seen = self._seen(camera)
        return self.of_view(renderer.render(seen), seen)

    @torch.no_grad()
    def terms(self, camera: Camera, renderer: Renderer) -> dict[str, float]:
        """What the loss of one camera is the sum of."""
        seen = self._seen(camera)
        return {name: float(value) for name, value in self.of_view.terms(renderer.render(seen), seen).items()}

    def _seen(self, camera: Camera) -> Camera:
        return self.view.camera(self.constrained(camera))


def decided(
    explained: Explanation,
    target: Target,
    objective: LossObjective,
    config: Configuration,
    constrained: Callable[[Camera], Camera],
    stages: Trace,
) -> tuple[Candidates, Explanation]:
    """The poses, best first, with minus their losses, and what explained them in that order."""
    view = target.view(config.loss.resolution)
    levels = config.refinement.levels
    loss_of = CameraObjective(
        objective, view, config, constrained, levels[-1].hidden_from if explained.occluded and levels else None
    )
    camera = explained.candidates.camera
    loss_of.leave_out_hidden(camera[:1], explained.renderers[0])
    with torch.no_grad():
        losses = _losses_of_each(loss_of, explained)
    order = losses.argsort()
    explained, losses = explained[order.tolist()], losses[order]
    cameras = constrained(explained.candidates.camera)
    stages.report(float(losses[0]))
    if not (objective.minimized_by_gauss_newton and levels):
        best = descend(
            lambda camera: loss_of(camera, explained.renderers[0]),
            cameras[:1],
            config.loss.steps,
            config.loss.first_step,
            optimize_focal=config.camera.optimize_fov,
            on_iteration=followed(loss_of, explained.renderers[0], stages),
        )
        cameras = concatenate([constrained(best.camera), cameras[1:]])
        losses = torch.cat([best.loss.detach(), losses[1:]])
    return Candidates(cameras, -losses), explained


def followed(loss_of: CameraObjective, renderer: Renderer, stages: Trace) -> OnIteration:
    """Reports the descent's least loss so far; its iterations with their terms where they are kept."""
    least = torch.inf

    def on_iteration(number: int, camera: Camera, loss: Tensor, step: Tensor) -> None:
        nonlocal least
        least = min(least, float(loss.min()))
        stages.report(least)
        if stages.recording:
            camera = loss_of.constrained(camera)
            stages.record_iteration("descend", number, camera, loss, step, loss_of.terms(camera, renderer))

    return on_iteration


def _losses_of_each(loss_of: CameraObjective, explained: Explanation) -> Float[Tensor, " B"]:
    """Of poses found with deformed meshes what they were refined by, which counts the deformation in; else the
    objective, in one batch where all see the same mesh."""
    if explained.deformed is not None and loss_of.objective.minimized_by_gauss_newton:
        return -explained.candidates.score
    camera, renderers = explained.candidates.camera, explained.renderers
    if all(renderer is renderers[0] for renderer in renderers):
        return loss_of(camera, renderers[0])
    return torch.cat([loss_of(camera[i : i + 1], renderer) for i, renderer in enumerate(renderers)])
