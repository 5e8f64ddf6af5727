"""What an estimate gives back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Float, UInt8
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._plain_estimate import describe_estimate, estimate_values
from camera_estimation.estimation._uncertainty import Uncertainty
from camera_estimation.estimation.confidence import confidence_of
from camera_estimation.estimation.diagnosis import Diagnosis
from camera_estimation.estimation.keypoint_agreement import KeypointAgreement
from camera_estimation.estimation.observation import INTRINSICS
from camera_estimation.estimation.verdict import Verdict, verdict_of
from camera_estimation.geometry import Camera, LensWindow, Orbit, orbit_of, rotmat_geodesic_distance
from camera_estimation.images import ESTIMATED, SHADOWLESS, OtherMask, SourceImage, undistort_mask
from camera_estimation.mesh import Bend, TexturedMesh
from camera_estimation.poses import Iteration, Stage

# Another pose makes the answer ambiguous if it differs by more than this and the image is not this many standard
# deviations better explained without it.
AMBIGUOUS_ANGLE = math.radians(10)
CLEAR_EVIDENCE = 2.0


@dataclass(frozen=True)
class AlternativePose:
    """Another pose that the search found: a world camera of the full image, and what the objective says of it.

    ``angle`` (radians) is by how much its rotation differs from the best one's, ``evidence`` how surely the best
    explains the image better, in standard deviations (see estimation/_uncertainty.py). ``bend`` is the deformation that
    it was found with; None: the mesh as it is.
    """

    camera: Camera
    loss: float
    silhouette_iou: float
    angle: float
    evidence: float
    bend: Bend | None = None


@dataclass(frozen=True, repr=False)
class CameraEstimate:
    """The camera of one image.

    ``camera`` is a batch of one, in world units and for the full original image (double precision).
    ``crop_camera`` is the same pose for the window around the object that the estimate worked on, ``crop`` (left, top,
    width, height in pixels of the original image). ``loss`` is the objective named in ``config.loss`` at that pose.
    ``uncertainty`` holds standard deviations in radians and world units. ``occluded`` says that a part of the object
    counted as hidden; ``deformation`` is the root-mean-square displacement of the mesh's surface, in object radii, that
    was found with the pose (0: the mesh as it is), and ``bend`` that deformation. ``stages`` are the cameras (world
    units) after every stage, ``iterations`` those of every iteration where they were kept, and ``seconds`` maps each
    stage to its wall time.
    ``focal_source`` says where the focal length is from, or, where it was estimated, what was expected of it:
    "intrinsics", "fov_deg", "exif" or "assumed".
    ``mask`` is the object's where it is not the image's own: estimated, as the image had none, or that of its other
    masks (``SourceImage.other_masks``) that ``mask_kind`` names. ``keypoints`` are how those that were given agree with
    the camera, ``depth_difference`` the median difference of the surface from the given depth (world units).
    ``window`` is the pinhole that was looked through where the image is distorted: ``crop`` is then in its pixels and
    ``crop_camera`` in its axes, all else of the distorted image.
    """

    camera: Camera
    crop_camera: Camera
    crop: tuple[float, float, float, float]
    loss: float
    silhouette_iou: float
    uncertainty: Uncertainty
    occluded: bool
    deformation: float
    diagnosis: Diagnosis
    alternatives: tuple[AlternativePose, ...]
    stages: tuple[Stage, ...]
    iterations: tuple[Iteration, ...]
    seconds: dict[str, float]
    config: Configuration
    focal_source: str = INTRINSICS
    focal_estimated: bool = False
    mask: UInt8[Tensor, "1 H W"] | None = None
    mask_kind: str = ""
    keypoints: KeypointAgreement | None = None
    depth_difference: float | None = None
    window: LensWindow | None = None
    bend: Bend | None = None

    def __repr__(self) -> str:
        return describe_estimate(self)

    def to_dict(self, center: Float[Tensor, "3"] | None = None) -> dict[str, Any]:
        """Plain values, as poses.json has them: camera, distortion, focal length, judgment, alternatives, times.

        Args:
            center: Of the mesh (``mesh.center``), about which the values have orbits then.

        Raises:
            ValueError: The camera is not finite.
        """
        return estimate_values(self, center)

    @property
    def ambiguous(self) -> bool:
        """Whether a pose that differs by more than 10 degrees explains the image as well, as far as can be told."""
        others = any(other.angle > AMBIGUOUS_ANGLE and other.evidence < CLEAR_EVIDENCE for other in self.alternatives)
        return others or self.uncertainty.rotation > AMBIGUOUS_ANGLE

    @property
    def fov_deviation(self) -> float:
        """Standard deviation of the vertical field of view, in radians; 0 where it was not estimated."""
        return math.sin(float(self.camera.fov)) * self.uncertainty.log_focal

    @property
    def confidence(self) -> float:
        """The probability that the rotation is within 10 degrees and the projection within 5 % of the object's size."""
        return confidence_of(self.measures)

    @property
    def verdict(self) -> Verdict:
        """Whether the confidence is high enough, and what speaks against it."""
        return verdict_of(self.measures)

    @property
    def measures(self) -> dict[str, float | str | None]:
        """What the answer is judged by (see estimation/confidence.py); None where there is nothing to measure."""
        found, deviation = self.diagnosis, self.uncertainty
        rivals = [other for other in self.alternatives if other.angle > AMBIGUOUS_ANGLE]
        rival = min(rivals, key=lambda other: other.evidence, default=None)
        picture = found.picture
        return {
            "mask_source": found.mask_source if self.mask is None or self.mask_kind else ESTIMATED,
            "rigid_overlap": self.silhouette_iou,
            "overlap": found.overlap,
            "hidden": found.hidden,
            "detail": found.detail,
            "color": found.color,
            "contrast": found.contrast,
            "rival_evidence": None if rival is None else rival.evidence,
            "rival_angle_deg": None if rival is None else math.degrees(rival.angle),
            "agreeing": found.agreeing,
            "lead": found.lead if math.isfinite(found.lead) else None,
            "rotation_deviation_deg": math.degrees(deviation.rotation),
            "aside_deviation": found.aside,
            "distance_deviation": found.distance,
            "fov_deg": math.degrees(float(self.camera.fov)),
            "fov_deviation_deg": math.degrees(self.fov_deviation) if self.focal_estimated else None,
            "deformation": self.deformation,
            "pixels": found.pixels,
            "picture_score": None if picture is None else picture.score,
            "picture_margin": picture.margin if picture is not None and math.isfinite(picture.margin) else None,
            "picture_cut": None if picture is None else picture.cut,
        }

    def apply_mask(self, image: SourceImage) -> SourceImage:
        """The image that the estimate is of, or what a window shows of it, with the mask that it was made with."""
        if self.mask is None:
            return replace(image, other_masks=())
        mask = self._mask_of(image, self.mask)
        if self.mask_kind:
            return image.with_other_mask(OtherMask(mask, self.mask_kind))
        return replace(image, mask=mask, mask_source=ESTIMATED)

    def _mask_of(self, image: SourceImage, mask: UInt8[Tensor, "1 H W"]) -> UInt8[Tensor, "1 h w"]:
        """``mask`` in the pixels of ``image``. Of a distorted picture it was resampled: the picture's own is better,
        unless that may be another, as masks without shadow get back what of it is object."""
        own = [other.mask for other in image.other_masks if other.kind == self.mask_kind]
        if self.window is not None and own and self.mask_kind != SHADOWLESS:
            return own[0]
        return mask if image.window is None else undistort_mask(mask, image.window)

    def with_answer(self, other: AlternativePose) -> CameraEstimate:
        """With one of the alternatives as the answer, and what was the answer first among them; the uncertainty is
        still that of the latter."""
        before = AlternativePose(self.camera, self.loss, self.silhouette_iou, angle=0.0, evidence=0.0, bend=self.bend)
        others = [before, *(pose for pose in self.alternatives if pose is not other)]
        seen = other.camera if self.window is None else self.window.to_window(other.camera)
        return replace(
            self,
            camera=other.camera,
            crop_camera=seen.crop(*self.crop, self.crop_camera.width, self.crop_camera.height),
            loss=other.loss,
            bend=other.bend,
            silhouette_iou=other.silhouette_iou,
            alternatives=tuple(
                replace(
                    pose,
                    angle=float(rotmat_geodesic_distance(pose.camera.rotation, other.camera.rotation)),
                    evidence=pose.evidence - other.evidence,
                )
                for pose in others
            ),
        )

    def orbit(self, mesh: TexturedMesh) -> Orbit:
        """Orbit parameters about the mesh's centre (see camera.py)."""
        return orbit_of(self.camera, mesh.center)
