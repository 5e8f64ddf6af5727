"""How far the surface is from its measured depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.losses.registry import register_term
from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("depth")
class DepthTerm(TypedObjective):
    """How far the surface is from its measured depth in the mean, in ``tolerance``s (object radii); an error of many of
    them costs no more than one of a few (see losses/depth_cost.py)."""

    formula = "depth"
    requirements = "depth of each image"
    sees_images_only = False
    positive_options = ("tolerance",)

    def __init__(self, device: str | torch.device = "cpu", tolerance: float = 0.03) -> None:
        super().__init__(device)
        self.tolerance = tolerance

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        from camera_estimation.losses.depth_cost import depth_cost

        evidence, camera, points = context.evidence, context.camera, context.points
        if evidence is None or evidence.depth is None or camera is None or points is None:
            raise InputError("the term 'depth' needs depth of the image: give --depth_dir")
        return depth_cost(evidence.depth, camera, points, self.tolerance, images.rendered_mask)
