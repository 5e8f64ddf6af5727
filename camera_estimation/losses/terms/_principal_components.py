"""The directions in which features of an image vary most."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

LEAST_VARIANCE = 1e-12  # of features that are all alike, which nothing is compared along


@torch.no_grad()
def principal_components(
    features: Float[Tensor, "B D h w"], weight: Float[Tensor, "B 1 h w"], count: int
) -> Float[Tensor, "B D K"]:
    """The principal components of the features, longest first, each as long as projections on it are in units of the
    root of all their variances' sum.

    Args:
        features: Of the places of images.
        weight: How much each place counts.
        count: Of components; there are no more than the features have dimensions.
    """
    share = weight.flatten(2) / weight.sum((2, 3)).clamp(min=LEAST_VARIANCE)[..., None]
    vectors = features.flatten(2)
    centered = vectors - (share * vectors).sum(2, keepdim=True)
    variances, directions = torch.linalg.eigh((share * centered) @ centered.mT)
    most = directions.flip(2)[..., :count]
    total = variances.flip(1)[:, :count].clamp(min=0).sum(1)
    return most / total.clamp(min=LEAST_VARIANCE).sqrt()[:, None, None]


def project_principal(
    features: Float[Tensor, "B D h w"], components: Float[Tensor, "#B D K"]
) -> Float[Tensor, "B K h w"]:
    """The features along each component."""
    return torch.einsum("bdhw,bdk->bkhw", features, components.expand(len(features), -1, -1))
