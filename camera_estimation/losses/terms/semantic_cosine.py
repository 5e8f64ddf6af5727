"""The term that compares what regions look like, each for itself: face with face, hair with hair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.losses.objective_options import is_number
from camera_estimation.losses.registry import register_term
from camera_estimation.losses.typed_objective import TypedObjective
from camera_estimation.weights import DEFAULT_VARIANT

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext

# Of each kind of features the variant of its network that is taken if none is named; the first needs none.
FEATURES = {"color": "", "lpips": DEFAULT_VARIANT["lpips"], "dreamsim": "dino_vitb16"}
DEFAULT_FEATURES = "color"


@register_term("semantic_cosine")
class SemanticCosineTerm(TypedObjective):
    """The sum over regions of weight times (1 - cosine of the features in the region), over the sum of the weights;
    plus ``global_fallback`` times the same of what no region covers.

    Regions are those of the target's ``evidence``; of the ``weights`` by category those count whose region it has, and
    without them all do, with the categories' own weights. What a region of weight 0 covers counts for nothing, in no
    other region either. The cosine is that of all features of a region as one vector, each pixel's scaled by how much
    of it the region covers.
    ``features``: "color", colours and coverage; "lpips", all layers of LPIPS's trunk ``net``; "dreamsim", the patches
    of the DreamSim type ``net``. Those of networks see what lies beside a region too, DreamSim's all of it a little.
    """

    formula = "semantic cosine"
    sees_images_only = False

    def __init__(
        self,
        device: str | torch.device = "cpu",
        features: str = DEFAULT_FEATURES,
        net: str = "",
        global_fallback: float = 0.1,
        weights: dict[str, float] | None = None,
    ) -> None:
        super().__init__(device)
        if features not in FEATURES:
            raise InputError(f"semantic_cosine: features '{features}' are unknown; choose {' or '.join(FEATURES)}")
        for name, weight in {**(weights or {}), "global_fallback": global_fallback}.items():
            if not is_number(weight) or not 0 <= weight < float("inf"):
                raise InputError(f"semantic_cosine: the weight of '{name}' must be a number from 0, not {weight!r}")
        self.features, self.net, self.global_fallback = features, net or FEATURES[features], float(global_fallback)
        self.weights = weights

    @classmethod
    def networks(cls, features: str = DEFAULT_FEATURES, net: str = "", **options: Any) -> Sequence[tuple[str, str]]:
        variant = net or FEATURES.get(features)
        return ((features, variant),) if variant else ()

    def setup_models(self) -> None:
        from camera_estimation.losses.terms import _region_features as region_features

        self.seen_as: region_features.Features
        if self.features == "color":
            self.seen_as = region_features.ColorFeatures()
        elif self.features == "lpips":
            self.seen_as = region_features.LPIPSFeatures(self.net, self.device)
        else:
            self.seen_as = region_features.DreamSimFeatures(self.net, self.device)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        import torch

        from camera_estimation.losses.terms._region_features import region_cosines

        regions = {} if context.evidence is None else context.evidence.regions
        weights = self._region_weights(regions)
        left = torch.ones_like(images.target_mask[:1])
        for name, weight in weights.items():
            if weight == 0:
                left = left * (1 - regions[name])
        covered = sum((regions[name] for name in weights), start=torch.zeros_like(left))
        rest = left * (1 - covered).clamp(min=0)
        rendered = self.seen_as(images.rendered_image, images.rendered_mask)
        target = self.seen_as(images.target_image, images.target_mask)
        loss = self.global_fallback * (1 - region_cosines(rendered, target, self.seen_as.frame(rest)))
        total = sum(weights.values())
        for name, weight in weights.items():
            if weight > 0:
                loss = loss + weight / total * (
                    1 - region_cosines(rendered, target, self.seen_as.frame(left * regions[name]))
                )
        return loss

    def _region_weights(self, regions: dict[str, Tensor]) -> dict[str, float]:
        if self.weights is not None:
            return {name: weight for name, weight in self.weights.items() if name in regions}
        from camera_estimation.segmentation import DEFAULT_CATEGORIES

        return {name: DEFAULT_CATEGORIES[name].weight for name in regions if name in DEFAULT_CATEGORIES}
