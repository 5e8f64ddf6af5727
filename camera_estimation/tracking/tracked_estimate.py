"""What a tracked frame says, in the form of an estimate, so that results and all that reads them need not differ."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation import (
    DOUBTFUL,
    GOOD,
    GOOD_FROM,
    WRONG,
    WRONG_BELOW,
    CameraEstimate,
    Diagnosis,
    Verdict,
    uncertainty,
)
from camera_estimation.images import ESTIMATED, UNMASKED, SourceImage
from camera_estimation.mesh import TexturedMesh
from camera_estimation.poses import Stage
from camera_estimation.tracking.contour import Agreement, TrackedFrame

CameraEstimateT = TypeVar("CameraEstimateT", bound=CameraEstimate)

STAGE = "track"  # its name in times and stages
LOST_CONFIDENCE = 0.02  # of a pose that nothing speaks for
# Shares of contour, and of details, seen at poses that are right in half of the cases, and over which that changes.
EVEN_CONTOUR, CONTOUR_WIDTH = 0.3, 0.06
EVEN_DETAIL, DETAIL_WIDTH = 0.2, 0.06
HIDDEN_FROM = 0.1  # share of the silhouette in which the object is not seen


@dataclass(frozen=True, repr=False, kw_only=True)
class TrackedEstimate(CameraEstimate):
    """The estimate of a frame that was tracked.

    Its loss is not a number: no objective was evaluated. ``silhouette_iou`` is the overlap with what the colors say is
    seen of the object. What an estimate alone tells of (other poses, deformations) is absent.

    Attributes:
        agreement: Of the frame with the pose.
        lost: Whether the object is not seen there; the pose is then the last one at which it was.
        reliance: Confidence of the estimate that the frames were followed from.
    """

    agreement: Agreement
    lost: bool
    reliance: float

    @property
    def confidence(self) -> float:
        """The probability that the pose is right: that the frames were followed from a right one, and still are."""
        return LOST_CONFIDENCE if self.lost else self.reliance * agreement_share(self.agreement)

    @property
    def verdict(self) -> Verdict:
        """By the confidence, as that of any estimate."""
        confidence = self.confidence
        if confidence >= GOOD_FROM:
            return Verdict(GOOD)
        return Verdict(DOUBTFUL if confidence >= WRONG_BELOW else WRONG, self._reason())

    def _reason(self) -> str:
        if self.lost:
            return "the object was lost: this is where it was seen last"
        if agreement_share(self.agreement) > self.reliance:
            return "the estimate that it was followed from is doubtful"
        details = "" if self.agreement.detail is None else f", details correlate by {self.agreement.detail:.2f}"
        return f"little of it is seen where it should be ({self.agreement.contour:.0%} of its contour{details})"


@dataclass(frozen=True)
class FocalOrigin:
    """Where the focal length of followed frames is from: as ``focal_source``, ``focal_estimated`` and the standard
    deviation ``uncertainty.log_focal`` of the estimate that they were followed from."""

    source: str
    estimated: bool
    deviation: float

    @classmethod
    def of(cls, estimate: CameraEstimate) -> FocalOrigin:
        return cls(estimate.focal_source, estimate.focal_estimated, estimate.uncertainty.log_focal)

    def put_into(self, estimate: CameraEstimateT) -> CameraEstimateT:
        """An estimate of a frame that was made with that focal length."""
        return replace(
            estimate,
            focal_source=self.source,
            focal_estimated=self.estimated,
            uncertainty=replace(estimate.uncertainty, log_focal=self.deviation),
        )


def agreement_share(agreement: Agreement) -> float:
    """How probably a frame that agrees so is followed rightly; contour and details each may tell."""

    def odds(value: float, even: float, width: float) -> float:
        return 1 / (1 + math.exp((even - value) / width))

    contour = odds(agreement.contour * agreement.within, EVEN_CONTOUR, CONTOUR_WIDTH)
    detail = 0.0 if agreement.detail is None else odds(agreement.detail, EVEN_DETAIL, DETAIL_WIDTH)
    return 1 - (1 - contour) * (1 - 0.5 * detail)


def describe_tracked(
    tracked: TrackedFrame,
    image: SourceImage,
    mesh: TexturedMesh,
    config: Configuration,
    reliance: float,
    seconds: float,
) -> TrackedEstimate:
    """The estimate of a tracked frame.

    Args:
        tracked: What was found.
        image: The frame.
        mesh: That was followed.
        config: Of the estimates.
        reliance: As ``TrackedEstimate`` has it.
        seconds: That it took.
    """
    silhouette = tracked.silhouette
    window = silhouette.window
    camera = tracked.camera
    covariance = torch.from_numpy(tracked.covariance)
    deviation = uncertainty(covariance, mesh.to_normalized(camera).translation[0], mesh.radius)
    diameter = mesh.radius * float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).norm())
    across, down, distance = (value / diameter for value in deviation.translation)
    crop = (window.left, window.top, window.width, window.height)
    overlap = silhouette.overlap
    given = image.mask_source != UNMASKED
    mask = None if given else torch.from_numpy(window.place(silhouette.seen, image.height, image.width))[None]
    return TrackedEstimate(
        camera=camera,
        crop_camera=camera.crop(*crop, window.columns, window.rows),
        crop=crop,
        loss=math.nan,
        silhouette_iou=overlap,
        uncertainty=deviation,
        occluded=silhouette.hidden > HIDDEN_FROM,
        deformation=0.0,
        diagnosis=Diagnosis(
            overlap=overlap,
            hidden=silhouette.hidden,
            detail=math.nan if tracked.agreement.detail is None else tracked.agreement.detail,
            color=math.nan,
            contrast=math.nan,
            agreeing=math.nan,
            lead=math.inf,
            aside=math.hypot(across, down),
            distance=distance,
            pixels=math.sqrt(silhouette.area),
            mask_source=image.mask_source if given else ESTIMATED,
        ),
        alternatives=(),
        stages=(Stage(STAGE, camera, torch.full((1,), math.nan), [0]),),
        iterations=(),
        seconds={STAGE: seconds},
        config=config,
        mask=mask,
        agreement=tracked.agreement,
        lost=tracked.lost,
        reliance=reliance,
    )
