"""Losses of keypoints as networks for human pose are trained with (Goel et al., "Humans in 4D", 2023), alone usable."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

LOSS_TYPES = ("l1", "l2")
Mask = Float[Tensor, "B N"] | Bool[Tensor, "B N"]


class _KeypointLoss(nn.Module):
    """Differences of points with ``dimensions`` coordinates: absolute for "l1", squared for "l2".

    Each point's share is multiplied by its confidence (the target's column after the coordinates) and its mask; what
    is not given counts as 1. Sums run over points and coordinates, then over the batch. Points of weight 0 add nothing,
    nor to the gradient, whatever their target is (also NaN).
    """

    dimensions: int

    def __init__(self, loss_type: str = "l1") -> None:
        super().__init__()
        if loss_type not in LOSS_TYPES:
            raise ValueError(f"loss_type is {loss_type!r}: choose {' or '.join(LOSS_TYPES)}")
        self.loss_type = loss_type

    def _sum_by_weight(
        self, predicted: Float[Tensor, "B N D"], target: Float[Tensor, "B N D"], weight: Float[Tensor, "B N"]
    ) -> Float[Tensor, ""]:
        weight = weight[..., None]
        difference = torch.where(weight == 0, torch.zeros_like(predicted), predicted - target)
        per_element = difference.abs() if self.loss_type == "l1" else difference.square()
        return (weight * per_element).sum(dim=(1, 2)).sum()

    def _split(
        self, predicted: Float[Tensor, "B N D"], target: Tensor, mask: Mask | None
    ) -> tuple[Float[Tensor, "B N D"], Float[Tensor, "B N"]]:
        """Target coordinates and weights. Raises ValueError if the shapes do not go together."""
        count = self.dimensions
        if predicted.ndim != 3 or predicted.shape[-1] != count:
            raise ValueError(f"predicted is {list(predicted.shape)}: give [B, N, {count}]")
        batch, points = predicted.shape[:2]
        if target.shape not in ((batch, points, count), (batch, points, count + 1)):
            raise ValueError(
                f"target is {list(target.shape)}: give [{batch}, {points}, {count}] as predicted, or"
                f" [{batch}, {points}, {count + 1}] with a confidence"
            )
        weight = predicted.new_ones(batch, points)
        if target.shape[-1] == count + 1:
            weight = target[..., count].to(predicted)
        if mask is not None:
            if mask.shape != (batch, points):
                raise ValueError(f"mask is {list(mask.shape)}: give [{batch}, {points}], one value a point")
            weight = weight * mask.to(predicted)
        return target[..., :count].to(predicted), weight


class Keypoint2DLoss(_KeypointLoss):
    """Distance of predicted from given image points; see ``forward``. ``loss_type`` is "l1" or "l2"."""

    dimensions = 2

    def forward(
        self,
        predicted: Float[Tensor, "B N 2"],
        target: Float[Tensor, "B N 3"] | Float[Tensor, "B N 2"],
        mask: Mask | None = None,
    ) -> Float[Tensor, ""]:
        """The weighted sum over the batch: ``target``'s third column is a confidence; with a mask too, their product
        counts. Raises ValueError for wrong shapes."""
        given, weight = self._split(predicted, target, mask)
        return self._sum_by_weight(predicted, given, weight)


class Keypoint3DLoss(_KeypointLoss):
    """Distance of predicted from given points in space, each relative to its own root joint, the point ``root_id``."""

    dimensions = 3

    def __init__(self, loss_type: str = "l1", root_id: int = 0) -> None:
        super().__init__(loss_type)
        self.root_id = root_id

    def forward(
        self,
        predicted: Float[Tensor, "B N 3"],
        target: Float[Tensor, "B N 4"] | Float[Tensor, "B N 3"],
        mask: Mask | None = None,
    ) -> Float[Tensor, ""]:
        """The weighted sum over the batch: ``target``'s fourth column is a confidence; with a mask too, their product
        counts. A sample whose root has weight 0 adds nothing. Raises ValueError for wrong shapes and a root that is
        none of the points."""
        given, weight = self._split(predicted, target, mask)
        points = predicted.shape[1]
        if not -points <= self.root_id < points:
            raise ValueError(f"root_id is {self.root_id}: give the number of one of the {points} points")
        known = (weight[:, self.root_id] != 0)[:, None]
        given = torch.where(known[..., None], given, torch.zeros_like(given))
        return self._sum_by_weight(self._from_root(predicted), self._from_root(given), weight * known)

    def _from_root(self, points: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        return points - points[:, self.root_id, None]
