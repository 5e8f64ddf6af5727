"""How long objectives take on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses import LossObjective, evaluate

SIZE = 256  # pixels of a side
LEAST_REPEATS, MOST_REPEATS = 3, 30
ENOUGH = 0.5  # seconds of measuring, after which no more repeats are made


@dataclass(frozen=True)
class Timing:
    """Median milliseconds for one render, whose target has been seen before."""

    evaluation: float
    with_gradient: float


def time_objective(objective: LossObjective, device: str | torch.device) -> Timing:
    """The objective's times for images of 256 x 256 pixels. Raises whatever the objective does."""
    image, mask = _disc_image(torch.device(device))
    target, target_mask = image.roll(8, -1), mask.roll(8, -1)

    @torch.no_grad()
    def evaluation() -> None:
        evaluate(objective, image, target, mask, target_mask)

    def with_gradient() -> None:
        rendered, rendered_mask = image.clone().requires_grad_(), mask.clone().requires_grad_()
        evaluate(objective, rendered, target, rendered_mask, target_mask).sum().backward()

    return Timing(_median_milliseconds(evaluation, device), _median_milliseconds(with_gradient, device))


def _median_milliseconds(work: Callable[[], None], device: str | torch.device) -> float:
    work()  # first uses allocate, and compute the target's features
    times: list[float] = []
    while len(times) < LEAST_REPEATS or (len(times) < MOST_REPEATS and sum(times) < ENOUGH):
        start = _device_time(device)
        work()
        times.append(_device_time(device) - start)
    return 1000 * statistics.median(times)


def _device_time(device: str | torch.device) -> float:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _disc_image(device: torch.device) -> tuple[Tensor, Tensor]:
    ticks = torch.linspace(-1, 1, SIZE)
    mask = torch.sigmoid((0.7 - torch.hypot(ticks[:, None], ticks)) * SIZE / 4)[None, None]
    noise = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    return (F.interpolate(noise, (SIZE, SIZE), mode="bilinear") * mask).to(device), mask.to(device)
