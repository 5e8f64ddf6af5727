"""Matches between two pictures: interest points whose descriptors are nearest to each other both ways."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.poses.matching._alike import ALIKE
from camera_estimation.weights import describe_missing, parse_spec, read_state_dict, weight_files

MATCHERS = ("alike",)

LEAST_SCORE = 0.1  # of an interest point
NEIGHBORHOOD = 5  # pixels: in a square of so many a side there is one interest point
MOST_POINTS = 500  # of a picture, the best
LEAST_SIMILARITY = 0.8  # cosine between matched descriptors


@dataclass(frozen=True)
class Matcher:
    """Matches of pictures by a network that describes their pixels."""

    network: ALIKE

    @torch.no_grad()
    def match(
        self,
        first: Float[Tensor, "1 3 H W"],
        second: Float[Tensor, "1 3 H W"],
        inside_first: Float[Tensor, "1 1 H W"],
        inside_second: Float[Tensor, "1 1 H W"],
    ) -> tuple[Int[Tensor, "N 2"], Int[Tensor, "N 2"], Float[Tensor, " N"]]:
        """Pixels (column, row) of both pictures that show the same, and the cosines of their descriptors.

        Args:
            first: A picture in [0, 1].
            second: Another.
            inside_first: Where points of the first count, 0 or 1.
            inside_second: Likewise.
        """
        points_first, described_first = self._interest_points(first, inside_first)
        points_second, described_second = self._interest_points(second, inside_second)
        similarity = described_first @ described_second.T
        if 0 in similarity.shape:
            return points_first[:0], points_second[:0], similarity.flatten()
        there, back = similarity.argmax(1), similarity.argmax(0)
        index = torch.arange(len(there), device=there.device)
        best = similarity[index, there]
        mutual = (back[there] == index) & (best >= LEAST_SIMILARITY)
        return points_first[mutual], points_second[there[mutual]], best[mutual]

    def _interest_points(
        self, image: Float[Tensor, "1 3 H W"], inside: Float[Tensor, "1 1 H W"]
    ) -> tuple[Int[Tensor, "N 2"], Float[Tensor, "N D"]]:
        """The best pixels (column, row), and their descriptors."""
        descriptors, score = self.network(image)
        score = score * inside
        peaks = F.max_pool2d(score, NEIGHBORHOOD, stride=1, padding=NEIGHBORHOOD // 2)
        score = torch.where(score == peaks, score, 0.0)[0, 0].flatten()
        best, pixel = score.topk(min(MOST_POINTS, len(score)))
        pixel = pixel[best >= LEAST_SCORE]
        width = image.shape[-1]
        return torch.stack([pixel % width, pixel // width], dim=1), descriptors[0].flatten(1)[:, pixel].T


def missing_matcher(name: str) -> str | None:
    """One line that says what the matcher lacks here; None where it can be used. Raises InputError for an unknown."""
    if name.partition(":")[0] not in MATCHERS:
        raise InputError(f"matches by '{name}' are unknown; choose {', '.join(MATCHERS)}, or NAME:VARIANT")
    return describe_missing(f"matches by {name}", [parse_spec(name)])


def create_matcher(name: str, device: str | torch.device = "cpu") -> Matcher:
    """The matcher "alike", or "alike:VARIANT".

    Raises:
        InputError: The name is unknown.
        MissingWeightsError: Its weights are not on this machine.
    """
    missing = missing_matcher(name)
    if missing:
        raise MissingWeightsError(missing)
    (file,) = weight_files(*parse_spec(name))
    state = read_state_dict(file.require())
    channels = tuple(state[f"block{number}.conv2.weight"].shape[0] for number in range(1, 5))
    network = ALIKE(channels, state["convhead2.weight"].shape[1])
    network.load_state_dict(state)
    return Matcher(network.to(device).eval().requires_grad_(False))
