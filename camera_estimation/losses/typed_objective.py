"""Objectives that get what they compare in typed pieces: the package's own, and others that want to."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.configuration import AppearanceConfig
    from camera_estimation.geometry import Camera
    from camera_estimation.images import ViewEvidence


@dataclass(frozen=True)
class ImagePair:
    """A batch of renders and the target that they are compared with, as ``LossObjective`` describes them."""

    rendered_image: Float[Tensor, "B 3 H W"]
    target_image: Float[Tensor, "#B 3 H W"]
    rendered_mask: Float[Tensor, "B 1 H W"]
    target_mask: Float[Tensor, "#B 1 H W"]


@dataclass(frozen=True)
class ViewContext:
    """What is known of a view beside its images; None where it is not. Objectives get it as keyword arguments.

    Args:
        camera: The cameras of the renders, in pixels of the images.
        points: The surface point behind each pixel of the renders: x, y, z in the mesh's frame, depth (0: nothing), and
            the cosine between normal and line of sight.
        evidence: Keypoints, depth and regions of the target.
        pixel_weight: How much each pixel of the target counts.
        appearance: What counts as a difference, for objectives that are differences of appearance.
        hidden_from: As in ``appearance.compare``.
        silhouette_weight: How surely the target's coverage is known at each pixel (see ``TargetView``).
        picture: The target's colors where its mask is only a hint (see ``TargetView``).
        mask_trust: Likewise.
    """

    camera: Camera | None = None
    points: Float[Tensor, "B 5 H W"] | None = None
    evidence: ViewEvidence | None = None
    pixel_weight: Float[Tensor, "1 1 H W"] | None = None
    appearance: AppearanceConfig | None = None
    hidden_from: float | None = None
    silhouette_weight: Float[Tensor, "1 1 H W"] | None = None
    picture: Float[Tensor, "1 4 H W"] | None = None
    mask_trust: float = 1.0

    def arguments(self) -> dict[str, Any]:
        """By name, for ``LossObjective.compute_loss``."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**known, "inside": self.pixel_weight}  # its name in version 0.1, which users' files may read


class TypedObjective(LossObjective):
    """An objective or term of batches; ``measure`` is its ``compute_loss``."""

    input_form = "batch"

    @abstractmethod
    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        """One value per render, lower is better, differentiable in the render, image and mask."""

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        """``measure`` of the images; keyword arguments that are no fields of ``ViewContext`` are left out."""
        known = {field.name: kwargs[field.name] for field in fields(ViewContext) if field.name in kwargs}
        images = ImagePair(rendered_image, target_image, rendered_mask, target_mask)
        return self.measure(images, ViewContext(**known))
