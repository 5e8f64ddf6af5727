"""The chosen objective ranks the poses that are left, and refines the best where Gauss-Newton has not minimised it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera, concatenate
from camera_estimation.configuration import Configuration
from camera_estimation.losses.objective import LossObjective, evaluate
from camera_estimation.refinement.appearance import coverage_trust
from camera_estimation.refinement.coarse_to_fine import Explanation
from camera_estimation.refinement.evidence_cost import evidence_terms
from camera_estimation.refinement.gauss_newton import OnIteration
from camera_estimation.refinement.gradient_descent import descend
from camera_estimation.rendering.renderer import RenderedView, Renderer
from camera_estimation.search.viewpoint_search import Candidates
from camera_estimation.stages import Stages
from camera_estimation.target import Target, TargetView


@dataclass
class CameraObjective:
    """The objective as a function of cameras of the full image; ``constrained`` is applied to them first.

    Pixels that do not count (``view.inside``) are blank in both images, in part where they count in part. Where
    ``hidden_from`` is given, so are areas that are hidden in the view of ``leave_out_hidden``. What contradicts the
    view's evidence costs on top of the objective, unless the objective has terms of its own for it.
    """

    objective: LossObjective
    view: TargetView
    config: Configuration
    constrained: Callable[[Camera], Camera]
    hidden_from: float | None = None

    def __post_init__(self) -> None:
        # The same tensors each time: objectives keep the target's features.
        self.image, self.mask = self.view.rgba[:, :3], self.view.rgba[:, 3:]
        self.visible: Tensor | None = None
        if not self.objective.minimised_by_gauss_newton and bool((self.view.inside < 1).any()):
            self._blank(self.view.inside)

    @torch.no_grad()
    def leave_out_hidden(self, camera: Camera, renderer: Renderer) -> None:
        """Blank, from now on, what ``camera`` shows to be hidden; objectives that know of hidden areas see all."""
        if self.hidden_from is None or self.objective.minimised_by_gauss_newton:
            return
        drawn = self._drawn(camera, renderer)
        self._blank(coverage_trust((self.view.rgba[:, 3:] - drawn.mask) * self.view.inside, self.hidden_from))

    def _blank(self, visible: Float[Tensor, "1 1 H W"]) -> None:
        """Show of both images only that share from now on."""
        self.visible = visible if self.visible is None else self.visible * visible
        self.image, self.mask = self.image * visible, self.mask * visible

    def __call__(self, camera: Camera, renderer: Renderer) -> Float[Tensor, "B"]:
        images, context = self._compared(camera, renderer)
        loss = evaluate(self.objective, *images, **context)
        return sum(self._evidence_terms(context).values(), start=loss)

    @torch.no_grad()
    def terms(self, camera: Camera, renderer: Renderer) -> dict[str, float]:
        """What the loss of one camera is the sum of."""
        images, context = self._compared(camera, renderer)
        terms = {**self.objective.compute_terms(*images, **context), **self._evidence_terms(context)}
        return {name: float(value) for name, value in terms.items()}

    def _compared(self, camera: Camera, renderer: Renderer) -> tuple[tuple[Tensor, ...], dict[str, Any]]:
        """What the objective is called with."""
        seen = self.view.camera(self.constrained(camera))
        drawn = renderer.render(seen)
        image, mask = drawn.image, drawn.mask
        if self.visible is not None:
            image, mask = image * self.visible, mask * self.visible
        context = {
            "inside": self.view.inside,
            "appearance": self.config.appearance,
            "points": drawn.points,
            "hidden_from": self.hidden_from,
            "camera": seen,
            "evidence": self.view.evidence,
        }
        return (image, self.image, mask, self.mask), context

    def _evidence_terms(self, context: dict[str, Any]) -> dict[str, Float[Tensor, "B"]]:
        """Those that the objective does not have itself."""
        evidence = context["evidence"]
        if not evidence.constrains_pose:
            return {}
        terms = evidence_terms(evidence, context["camera"], context["points"])
        own = {spec.of for spec in getattr(self.objective, "active", ())}
        return {name: cost for name, cost in terms.items() if name not in own}

    def _drawn(self, camera: Camera, renderer: Renderer) -> RenderedView:
        return renderer.render(self.view.camera(self.constrained(camera)))


def decided(
    explained: Explanation,
    target: Target,
    objective: LossObjective,
    config: Configuration,
    constrained: Callable[[Camera], Camera],
    stages: Stages,
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
    if not (objective.minimised_by_gauss_newton and levels):
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


def followed(loss_of: CameraObjective, renderer: Renderer, stages: Stages) -> OnIteration:
    """Reports the descent's least loss so far; its iterations with their terms where they are kept."""
    least = torch.inf

    def on_iteration(number: int, camera: Camera, loss: Tensor, step: Tensor) -> None:
        nonlocal least
        least = min(least, float(loss.min()))
        stages.report(least)
        if stages.recording:
            camera = loss_of.constrained(camera)
            stages.iterated("descend", number, camera, loss, step, loss_of.terms(camera, renderer))

    return on_iteration


def _losses_of_each(loss_of: CameraObjective, explained: Explanation) -> Float[Tensor, "B"]:
    """Of poses found with deformed meshes what they were refined by, which counts the deformation in; else the
    objective, in one batch where all see the same mesh."""
    if explained.deformed is not None and loss_of.objective.minimised_by_gauss_newton:
        return -explained.candidates.score
    camera, renderers = explained.candidates.camera, explained.renderers
    if all(renderer is renderers[0] for renderer in renderers):
        return loss_of(camera, renderers[0])
    return torch.cat([loss_of(camera[i : i + 1], renderer) for i, renderer in enumerate(renderers)])
