"""How far keypoints are off in space."""

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


@register_term("keypoints_3d")
class SpatialKeypointTerm(TypedObjective):
    """How far keypoints are off in space, each relative to the point ``root_id``, where metric depth of the image tells
    where they are: the sum of ``Keypoint3DLoss``, in object radii. Points without depth, those on hidden surfaces too,
    must be left out of the file."""

    formula = "keypoints in space"
    requirements = "keypoints and depth of each image"
    sees_images_only = False

    def __init__(self, device: str | torch.device = "cpu", loss_type: str = "l1", root_id: int = 0) -> None:
        super().__init__(device)
        check_loss_type("keypoints_3d", loss_type, ("l1", "l2"))
        self.loss_type, self.root_id = loss_type, root_id

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        import torch

        from camera_estimation.images import keypoints_in_space
        from camera_estimation.losses.keypoint_losses import Keypoint3DLoss

        camera, evidence = context.camera, context.evidence
        if evidence is None or evidence.keypoints is None or evidence.depth is None or camera is None:
            raise InputError(
                "the term 'keypoints_3d' needs keypoints and depth of the image: give --keypoints_dir and --depth_dir"
            )
        if evidence.depth.kind != "metric":
            raise InputError("the term 'keypoints_3d' needs metric depth, not depth up to scale and shift")
        count = len(evidence.keypoints.uv)
        if not 0 <= self.root_id < count:
            raise InputError(
                f"the term 'keypoints_3d' has root_id {self.root_id}, and the image {count} keypoints, from 0"
            )
        predicted = evidence.keypoints.xyz @ camera.rotation.transpose(1, 2) + camera.translation[:, None]
        loss = Keypoint3DLoss(self.loss_type, self.root_id)
        targets = keypoints_in_space(evidence.keypoints, evidence.depth, camera)
        pairs = zip(predicted, targets, strict=True)
        return torch.stack([loss(points[None], target[None]) for points, target in pairs])
