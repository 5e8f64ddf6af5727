"""How far keypoints are off in the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._loss_type import check_loss_type
from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("keypoints")
class KeypointTerm(TypedObjective):
    """How far keypoints are off in the image. ``loss_type`` "robust": the share of them that the camera contradicts
    (see losses/evidence.py), where an error of ``pixels`` of the view counts half; "l1" and "l2": the sum of
    ``Keypoint2DLoss``, in shares of the view's longer side."""

    formula = "keypoints"
    requirements = "keypoints of each image"
    sees_images_only = False
    positive_options = ("pixels",)

    def __init__(self, device: str | torch.device = "cpu", loss_type: str = "robust", pixels: float = 5.0) -> None:
        super().__init__(device)
        check_loss_type("keypoints", loss_type, ("robust", "l1", "l2"))
        self.loss_type, self.pixels = loss_type, pixels

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        import torch

        from camera_estimation.losses.evidence import keypoint_cost, project_keypoints
        from camera_estimation.losses.keypoint_losses import Keypoint2DLoss

        camera, evidence = context.camera, context.evidence
        if evidence is None or evidence.keypoints is None or camera is None:
            raise InputError("the term 'keypoints' needs keypoints of the image: give --keypoints_dir")
        keypoints = evidence.keypoints
        if self.loss_type == "robust":
            return keypoint_cost(keypoints, camera, self.pixels)
        side = max(camera.width, camera.height)
        target = torch.cat([keypoints.uv / side, keypoints.confidence[:, None]], dim=1)[None]
        loss = Keypoint2DLoss(self.loss_type)
        projected = project_keypoints(keypoints, camera)[0] / side
        return torch.stack([loss(points[None], target) for points in projected])
