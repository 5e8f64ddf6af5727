"""What is measured of an answer to judge it by, beside its camera: how it fits, and how much there was to fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._silhouette_fit import SilhouetteFit
from camera_estimation.estimation._uncertainty import uncertainty
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import level_name, silhouette_iou
from camera_estimation.geometry import rotmat_geodesic_distance
from camera_estimation.images import Target
from camera_estimation.losses import (
    PoseLook,
    color_correlation,
    comparison_channels,
    coverage_trust,
    detail_contrast,
    straight_color,
)
from camera_estimation.poses import Stage

AGREEING = math.radians(10)  # candidates nearer to the answer than this have found it too


@dataclass(frozen=True)
class PictureAgreement:
    """How an answer agrees with a picture that has no mask (see estimation/unmasked/_agreement.py).

    Attributes:
        score: Agreement of the answer.
        margin: By how much that of the best other pose, of another rotation, is less; infinite where there was none.
        cut: Overlap of the answer's silhouette with what GrabCut makes of it.
    """

    score: float
    margin: float
    cut: float


@dataclass(frozen=True)
class Diagnosis:
    """What an answer is judged by, of the mesh as it was refined (bent, or as it is).

    Attributes:
        overlap: Of the silhouettes, where nothing hides the object.
        hidden: Share of the silhouettes' union in whole areas of difference.
        detail: Correlation of details, in [-1, 1].
        color: Correlation of colours under the fitted light, in [-1, 1].
        contrast: Standard deviation of details: of the picture's or the render's, whichever has less.
        agreeing: Share of the candidates of the first refinement that ended at the answer.
        lead: Logarithm of how many times the best of the others cost as much then; infinite where all agree.
        aside: Standard deviation of the position across the line of sight, as a share of the object's diameter.
        distance: Standard deviation of the distance, likewise.
        pixels: Square root of the object's area in pixels of the image.
        mask_source: As of ``SourceImage``.
        picture: How it agrees with the picture, where this has no mask.
    """

    overlap: float
    hidden: float
    detail: float
    color: float
    contrast: float
    agreeing: float
    lead: float
    aside: float
    distance: float
    pixels: float
    mask_source: str
    picture: PictureAgreement | None = None


@torch.no_grad()
def diagnose(
    look: PoseLook,
    fit: SilhouetteFit,
    hypotheses: PoseHypotheses,
    covariance: Float[Tensor, "K K"],
    config: Configuration,
) -> Diagnosis:
    """Of the first of the poses, which is what ``look`` looks at.

    Args:
        look: At the finest level.
        fit: Of its silhouette.
        hypotheses: The poses, with the trace of what became of the others.
        covariance: Of the first pose's parameters (see ``geometry.retract``).
        config: All settings.
    """
    scorer, observation = look.scorer, hypotheses.observation
    view, target, render = scorer.view, scorer.target, look.render
    both = render[:, 3:] * target[:, 3:] * view.pixel_weight
    counted = view.pixel_weight
    if scorer.hidden_from is not None:
        counted = counted * coverage_trust((target[:, 3:] - render[:, 3:]) * counted, scorer.hidden_from)
    lit = comparison_channels(render, look.residuals.gain)[:, :3]
    across, down, distance = uncertainty(covariance, hypotheses.camera.translation[0], unit=0.5).translation
    agreeing, lead = _agreement_of_candidates(hypotheses, config)
    return Diagnosis(
        overlap=float(silhouette_iou(render[:, 3:], target[:, 3:], counted)),
        hidden=fit.hidden,
        detail=float(look.detail_correlation),
        color=float(color_correlation(lit, straight_color(target), both)),
        contrast=min(float(detail_contrast(image, view.pixel_weight)) for image in (render, target)),
        agreeing=agreeing,
        lead=lead,
        aside=math.hypot(across, down),
        distance=distance,
        pixels=_object_size(observation.target),
        mask_source=observation.image.mask_source,
    )


def _object_size(target: Target) -> float:
    """Square root of the mask's area, in pixels of the image."""
    return math.sqrt(float(target.rgba[:, 3].sum())) * (target.window[2] / target.rgba.shape[-1])


def _agreement_of_candidates(hypotheses: PoseHypotheses, config: Configuration) -> tuple[float, float]:
    """``agreeing`` and ``lead`` of ``Diagnosis``, at the first level of refinement: after it the others are gone."""
    levels = config.refinement.levels
    stages = [stage for stage in hypotheses.trace.stages if levels and stage.name == level_name(levels[0])]
    if not stages:
        return 1.0, math.inf
    near = torch.cat([_is_near(stage, hypotheses.camera.rotation[:1]) for stage in stages])
    score = torch.cat([stage.score for stage in stages])
    others, own = score[~near], score[near]
    if not len(others):
        return 1.0, math.inf
    # Where no candidate had ended at the answer yet, the best of all stands for it.
    least = float(own.min() if len(own) else score.min())
    return float(near.float().mean()), math.log(max(float(others.min()), 1e-9) / max(least, 1e-9))


def _is_near(stage: Stage, rotation: Float[Tensor, "1 3 3"]) -> Tensor:
    return rotmat_geodesic_distance(stage.camera.rotation, rotation.expand_as(stage.camera.rotation)) < AGREEING
