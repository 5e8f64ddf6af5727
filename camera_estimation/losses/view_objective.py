"""An objective as what it costs to see this view of the target in that render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images import TargetView
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.composition import has_term
from camera_estimation.losses.evidence import evidence_terms
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.typed_objective import ViewContext
from camera_estimation.rendering import RenderedView


@dataclass
class ViewObjective:
    """Pixels that do not count (``view.pixel_weight``) are blank in both images, in part where they count in part;
    objectives that know of them are told instead. What contradicts the view's evidence costs on top of the objective,
    unless the objective has a term of its own for it. ``hidden_from`` is as in ``appearance.compare``.
    """

    objective: LossObjective
    view: TargetView
    appearance: AppearanceConfig
    hidden_from: float | None = None

    def __post_init__(self) -> None:
        # The same tensors each time: objectives keep the target's features.
        self.image, self.mask = self.view.rgba[:, :3], self.view.rgba[:, 3:]
        self.visible: Tensor | None = None
        if not self.objective.minimized_by_gauss_newton and bool((self.view.pixel_weight < 1).any()):
            self.blank(self.view.pixel_weight)

    def blank(self, visible: Float[Tensor, "1 1 H W"]) -> None:
        """Show of both images only that share from now on."""
        self.visible = visible if self.visible is None else self.visible * visible
        self.image, self.mask = self.image * visible, self.mask * visible

    def __call__(self, drawn: RenderedView, camera: Camera) -> Float[Tensor, " B"]:
        """Of what ``camera``, one of the view, sees."""
        images, context = self._loss_arguments(drawn, camera)
        loss = evaluate(self.objective, *images, **context)
        return sum(self._evidence_terms(drawn, camera).values(), start=loss)

    def terms(self, drawn: RenderedView, camera: Camera) -> dict[str, Float[Tensor, " B"]]:
        """What the loss is the sum of."""
        images, context = self._loss_arguments(drawn, camera)
        return {**self.objective.compute_terms(*images, **context), **self._evidence_terms(drawn, camera)}

    def _loss_arguments(self, drawn: RenderedView, camera: Camera) -> tuple[tuple[Tensor, ...], dict[str, Any]]:
        """What the objective is called with."""
        image, mask = drawn.image, drawn.mask
        if self.visible is not None:
            image, mask = image * self.visible, mask * self.visible
        weight = self.view.pixel_weight
        context = ViewContext(
            camera=camera,
            points=drawn.points,
            evidence=self.view.evidence,
            # What counts in part is seen in part already.
            pixel_weight=weight if self.visible is None else (weight > 0).float(),
            appearance=self.appearance,
            hidden_from=self.hidden_from,
            silhouette_weight=self.view.silhouette_weight,
            picture=self.view.picture,
            mask_trust=self.view.mask_trust,
        )
        return (image, self.image, mask, self.mask), context.arguments()

    def _evidence_terms(self, drawn: RenderedView, camera: Camera) -> dict[str, Float[Tensor, " B"]]:
        """Those that the objective does not have itself."""
        if not self.view.evidence.constrains_pose:
            return {}
        terms = evidence_terms(self.view.evidence, camera, drawn.points)
        return {name: cost for name, cost in terms.items() if not has_term(type(self.objective), name)}
