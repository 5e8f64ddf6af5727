"""Difference of learned features of patches, as in the refinement of Örnek et al., "FoundPose: Unseen object pose
estimation with foundation features", 2024."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.typed_objective import TypedObjective
from camera_estimation.weights import DEFAULT_VARIANT

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("featuremetric")
class FeaturemetricTerm(TypedObjective):
    """Mean squared difference of the features that DINOv2 gives patches, over those that either silhouette covers.

    Features are compared along the ``components`` directions in which those of the target's object vary most, in units
    of that variance. ``net`` is vits14, vitb14 or vitl14; ``layer`` the block after which features are taken: those of
    the middle tell where on the object a patch is, the last what the object is; ``patches`` are along the longer side;
    ``robust`` is the difference at which a patch costs half of what it would otherwise.
    """

    formula = "DINOv2 patches"
    requirements = "weights of DINOv2"
    positive_options = ("layer", "patches", "components", "robust")

    def __init__(
        self,
        device: str | torch.device = "cpu",
        net: str = DEFAULT_VARIANT["dinov2"],
        layer: int = 9,
        patches: int = 16,
        components: int = 64,
        robust: float = 1.0,
    ) -> None:
        super().__init__(device)
        self.net, self.layer, self.patches, self.components, self.robust = net, layer, patches, components, robust

    @classmethod
    def networks(cls, net: str = DEFAULT_VARIANT["dinov2"], **options: Any) -> Sequence[tuple[str, str]]:
        return (("dinov2", net),)

    def setup_models(self) -> None:
        from camera_estimation.losses._target_cache import TargetCache
        from camera_estimation.losses.terms._dinov2_patches import DINOv2Patches

        self.features = DINOv2Patches(self.net, self.layer, self.patches, self.device)
        self.target_features = TargetCache(self.features)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        from camera_estimation.losses.terms._principal_components import principal_components, project_principal

        rendered, target = self.features(images.rendered_image), self.target_features(images.target_image)
        covered = _share_of_patches(images.target_mask, target)
        components = principal_components(target, covered, self.components)
        difference = project_principal(rendered - target, components).square().sum(1, keepdim=True)
        union = covered.maximum(_share_of_patches(images.rendered_mask, rendered))
        cost = difference * (self.robust**2 / (self.robust**2 + difference))
        return (union * cost).sum((1, 2, 3)) / union.sum((1, 2, 3)).clamp(min=1e-6)


def _share_of_patches(mask: Float[Tensor, "B 1 H W"], features: Float[Tensor, "_ D h w"]) -> Float[Tensor, "B 1 h w"]:
    """How much of each patch is covered."""
    from torch.nn import functional as F

    rows, columns = features.shape[-2:]
    return F.adaptive_avg_pool2d(mask, (rows, columns))
