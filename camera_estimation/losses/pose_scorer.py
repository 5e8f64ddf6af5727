"""One look at poses: what their cameras see of the mesh, beside the target, at one level of detail.

All that judges a pose by silhouette and color looks through here: Gauss-Newton, the choice between explanations, the
assessment of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images import TargetView
from camera_estimation.losses._channels import straight_color
from camera_estimation.losses._gaussian import blur_to_share, share_inside
from camera_estimation.losses.appearance import DEFAULT_APPEARANCE, AppearanceResiduals, compare, rank
from camera_estimation.losses.depth_cost import depth_cost_map
from camera_estimation.losses.details import detail_correlation
from camera_estimation.losses.evidence import evidence_cost
from camera_estimation.rendering import Renderer

# Correlation of details from which a pose is that of the picture: measured at right ones 0.64 and more, at wrong ones
# 0.42 and less.
SAME_DETAILS = 0.55


@dataclass(frozen=True)
class PoseScorer:
    """What counts as a difference between a render and a view of the target.

    Attributes:
        view: The target at one size; the cameras looked at are cameras of it.
        blur: Standard deviation in pixels of the Gaussian that both images are compared through.
        appearance: Weights and thresholds (see losses/appearance.py).
        hidden_from: Mean difference in coverage from which an area counts as hidden by something else, at a small cost;
            None: all of the mask is believed.
    """

    view: TargetView
    blur: float
    appearance: AppearanceConfig = DEFAULT_APPEARANCE
    hidden_from: float | None = None

    @cached_property
    def target(self) -> Float[Tensor, "#B 4 H W"]:
        """What renders are compared with: premultiplied, blurred."""
        return self.blur_inside(self.view.rgba)

    @cached_property
    def picture(self) -> Float[Tensor, "#B 4 H W"] | None:
        """The colors that count where the mask is only a hint, blurred too."""
        picture = self.view.picture
        return None if picture is None else self.blur_inside(picture)

    @property
    def colors(self) -> Float[Tensor, "#B 4 H W"]:
        """What renders' colors are compared with, premultiplied with where they are."""
        return self.target if self.picture is None else self.picture

    @cached_property
    def channels(self) -> Float[Tensor, "#B 4 H W"]:
        """What residuals are differences from: straight colors, and coverage."""
        color = straight_color(self.colors)
        return torch.cat([color.expand(len(self.target), -1, -1, -1), self.target[:, 3:]], dim=1)

    @cached_property
    def _share(self) -> Float[Tensor, "#B 1 H W"] | None:
        return share_inside(self.view.pixel_weight, self.blur)

    def blur_inside(self, image: Float[Tensor, "#B 4 H W"]) -> Float[Tensor, "#B 4 H W"]:
        """An image blurred from the pixels alone that count."""
        return blur_to_share(image, self.view.pixel_weight, self.blur, self._share)

    def draw(self, renderer: Renderer, camera: Camera) -> tuple[Float[Tensor, "B 4 H W"], Float[Tensor, "B 5 H W"]]:
        """The premultiplied, blurred renders, and the surface behind each of their pixels."""
        rgba, points = renderer.draw(camera)
        return self.blur_inside(rgba), points

    def __call__(self, renderer: Renderer, camera: Camera) -> PoseLook:
        """What a batch of cameras of the view sees of the renderer's mesh, without gradients."""
        rgba, points = renderer.draw(camera)
        render, view = self.blur_inside(rgba), self.view
        residuals = compare(
            render,
            self.target,
            view.pixel_weight,
            self.appearance,
            points,
            self.hidden_from,
            view.silhouette_weight,
            self.picture,
            1 / view.mask_trust,
        )
        return PoseLook(self, camera, render, rgba[:, 3:], points, residuals)


@dataclass(frozen=True)
class PoseLook:
    """Renders of a batch of poses and their differences from the target.

    Attributes:
        scorer: What looked.
        camera: The poses, as cameras of the scorer's view.
        render: Premultiplied, blurred.
        coverage: Of the render before it was blurred.
        points: The surface behind each pixel (see ``RenderedView.points``).
        residuals: Of the image alone.
    """

    scorer: PoseScorer
    camera: Camera
    render: Float[Tensor, "B 4 H W"]
    coverage: Float[Tensor, "B 1 H W"]
    points: Float[Tensor, "B 5 H W"]
    residuals: AppearanceResiduals

    @cached_property
    def evidence_cost(self) -> Float[Tensor, " B"]:
        """Of what contradicts keypoints and depth."""
        return evidence_cost(self.scorer.view.evidence, self.camera, self.points)

    @cached_property
    def detail_correlation(self) -> Float[Tensor, " B"]:
        """Of print and edges, whatever the light (see ``appearance.detail_correlation``)."""
        return detail_correlation(self.render, self.scorer.colors, self.scorer.view.pixel_weight)

    @property
    def details_agree(self) -> Bool[Tensor, " B"]:
        """Whether the picture shows what it should where the object is seen."""
        return self.detail_correlation > SAME_DETAILS

    @cached_property
    def score(self) -> Float[Tensor, " B"]:
        """What poses are ranked by, lower is better: cost, mismatch of details, and what contradicts evidence."""
        scorer = self.scorer
        appearance, weight = scorer.appearance, scorer.view.pixel_weight
        of_image = rank(self.residuals, self.render, scorer.colors, weight, appearance, self.points)
        return of_image + self.evidence_cost

    @cached_property
    def cost_map(self) -> Float[Tensor, "B 1 H W"]:
        """What each pixel adds to the cost, its depth included."""
        evidence = self.scorer.view.evidence
        if evidence.depth is None:
            return self.residuals.cost_map
        off = depth_cost_map(evidence.depth, self.camera, self.points, evidence.config.depth_tolerance)
        return self.residuals.cost_map + evidence.config.depth_weight * off
