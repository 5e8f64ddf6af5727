"""Terms that compare the camera with what is known of the image beside its pixels: keypoints and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_term

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.camera import Camera
    from camera_estimation.evidence.view_evidence import ViewEvidence


@register_term("keypoints")
class KeypointTerm(LossObjective):
    """The share of keypoints that the camera contradicts (see refinement/evidence_cost.py); ``pixels`` of the view are
    an error that counts half."""

    made_of = "keypoints"
    needs = "keypoints of each image"
    input_form = "batch"

    def __init__(self, device: str | torch.device = "cpu", pixels: float = 5.0) -> None:
        super().__init__(device)
        self.pixels = pixels

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "1|B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "1|B 1 H W"],
        *,
        camera: Camera | None = None,
        evidence: ViewEvidence | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, "B"]:
        from camera_estimation.refinement.evidence_cost import keypoint_cost

        if evidence is None or evidence.keypoints is None or camera is None:
            raise InputError("the term 'keypoints' needs keypoints of the image: give --keypoints_dir")
        return keypoint_cost(evidence.keypoints, camera, self.pixels)


@register_term("depth")
class DepthTerm(LossObjective):
    """How far the surface is from its measured depth in the mean, in ``tolerance``s (object radii), beyond which errors
    count linearly."""

    made_of = "depth"
    needs = "depth of each image"
    input_form = "batch"

    def __init__(self, device: str | torch.device = "cpu", tolerance: float = 0.03) -> None:
        super().__init__(device)
        self.tolerance = tolerance

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "1|B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "1|B 1 H W"],
        *,
        camera: Camera | None = None,
        points: Float[Tensor, "B 5 H W"] | None = None,
        evidence: ViewEvidence | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, "B"]:
        from camera_estimation.refinement.evidence_cost import depth_cost

        if evidence is None or evidence.depth is None or camera is None or points is None:
            raise InputError("the term 'depth' needs depth of the image: give --depth_dir")
        return depth_cost(evidence.depth, camera, points, self.tolerance, rendered_mask)
