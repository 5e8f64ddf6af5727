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

    from camera_estimation.geometry import Camera
    from camera_estimation.images import ViewEvidence


def check_loss_type(term: str, given: str, known: tuple[str, ...]) -> None:
    """Raises InputError for one that is not known."""
    if given not in known:
        raise InputError(f"term '{term}': loss_type '{given}' is unknown; choose {', '.join(known)}")


@register_term("keypoints")
class KeypointTerm(LossObjective):
    """How far keypoints are off in the image. ``loss_type`` "robust": the share of them that the camera contradicts
    (see losses/evidence.py), where an error of ``pixels`` of the view counts half; "l1" and "l2": the sum of
    ``Keypoint2DLoss``, in shares of the view's longer side."""

    made_of = "keypoints"
    needs = "keypoints of each image"
    input_form = "batch"
    sees_images_only = False

    def __init__(self, device: str | torch.device = "cpu", loss_type: str = "robust", pixels: float = 5.0) -> None:
        super().__init__(device)
        check_loss_type("keypoints", loss_type, ("robust", "l1", "l2"))
        self.loss_type, self.pixels = loss_type, pixels

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        *,
        camera: Camera | None = None,
        evidence: ViewEvidence | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        import torch

        from camera_estimation.losses.evidence import keypoint_cost, project_keypoints
        from camera_estimation.losses.keypoint_losses import Keypoint2DLoss

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


@register_term("keypoints_3d")
class SpatialKeypointTerm(LossObjective):
    """How far keypoints are off in space, each relative to the point ``root_id``, where metric depth of the image tells
    where they are: the sum of ``Keypoint3DLoss``, in object radii. Points without depth, those on hidden surfaces too,
    must be left out of the file."""

    made_of = "keypoints in space"
    needs = "keypoints and depth of each image"
    input_form = "batch"
    sees_images_only = False

    def __init__(self, device: str | torch.device = "cpu", loss_type: str = "l1", root_id: int = 0) -> None:
        super().__init__(device)
        check_loss_type("keypoints_3d", loss_type, ("l1", "l2"))
        self.loss_type, self.root_id = loss_type, root_id

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        *,
        camera: Camera | None = None,
        evidence: ViewEvidence | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        import torch

        from camera_estimation.images import keypoints_in_space
        from camera_estimation.losses.keypoint_losses import Keypoint3DLoss

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
        given = keypoints_in_space(evidence.keypoints, evidence.depth, camera)
        return torch.stack([loss(points[None], target[None]) for points, target in zip(predicted, given, strict=True)])


@register_term("depth")
class DepthTerm(LossObjective):
    """How far the surface is from its measured depth in the mean, in ``tolerance``s (object radii); an error of many of
    them costs no more than one of a few (see losses/depth_cost.py)."""

    made_of = "depth"
    needs = "depth of each image"
    input_form = "batch"
    sees_images_only = False

    def __init__(self, device: str | torch.device = "cpu", tolerance: float = 0.03) -> None:
        super().__init__(device)
        self.tolerance = tolerance

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        *,
        camera: Camera | None = None,
        points: Float[Tensor, "B 5 H W"] | None = None,
        evidence: ViewEvidence | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        from camera_estimation.losses.depth_cost import depth_cost

        if evidence is None or evidence.depth is None or camera is None or points is None:
            raise InputError("the term 'depth' needs depth of the image: give --depth_dir")
        return depth_cost(evidence.depth, camera, points, self.tolerance, rendered_mask)
