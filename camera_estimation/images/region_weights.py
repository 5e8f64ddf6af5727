"""How much each pixel counts, from weights of regions: a TOML file such as ``hair = 0.0``, ``face = 2.0``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.io import input_path, read_toml

REST = "rest"  # what no region of the file covers; 1 unless it is named


def load_region_weights(path: str | Path) -> dict[str, float]:
    """Weight by category.

    Args:
        path: A TOML file of numbers from 0.

    Raises:
        InputError: It cannot be read, has something else than weights, or changes nothing; one line.
    """
    path = input_path(path)
    table = read_toml(path, "region weights")
    check_weights(table, str(path))
    if not any(weight != 1 for weight in table.values()):
        raise InputError(f"{path}: gives no region another weight than 1; write such as hair = 0.0")
    return {name: float(weight) for name, weight in table.items()}


def check_weights(table: dict[str, Any], source: str) -> None:
    """Make sure that all are numbers from 0.

    Args:
        table: Weight by category.
        source: What messages name.

    Raises:
        InputError: One is not; one line.
    """
    for name, weight in table.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise InputError(f"{source}: '{name}' is a weight, a number from 0, not {weight!r}; write {name} = 0.5")


def check_categories(weights: Iterable[str], known: Iterable[str], image_path: Path) -> None:
    """Make sure that an image's masks know all regions that have a weight.

    Args:
        weights: Names of regions.
        known: Categories of the image's masks, found or not.
        image_path: Which messages name.

    Raises:
        InputError: They do not know one; one line.
    """
    known = dict.fromkeys((*known, REST))
    for name in weights:
        if name not in known:
            raise InputError(
                f"{image_path}: its masks know no region '{name}', which has a weight; they know {', '.join(known)}"
            )


def pixel_weights(regions: dict[str, Float[Tensor, "H W"]], weights: dict[str, float]) -> Float[Tensor, "H W"]:
    """The mean weight of the regions at each pixel by how much each covers it, and nothing as far as a region of
    weight 0 covers it, whatever else does.

    Args:
        regions: Soft masks by category, in [0, 1].
        weights: By category; what the image does not show is passed over. "rest" is what no region covers.

    Returns:
        In [0, 1], the greatest weight being 1.

    Raises:
        InputError: No pixel counts.
    """
    size = next(iter(regions.values())).shape
    total, covered, left = torch.zeros(size), torch.zeros(size), torch.ones(size)
    for name, weight in weights.items():
        if name not in regions:
            continue
        if weight == 0:
            left = left * (1 - regions[name])
        total, covered = total + weight * regions[name], covered + regions[name]
    rest = (1 - covered).clamp(min=0)
    mean = (total + weights.get(REST, 1.0) * rest) / (covered + rest).clamp(min=1e-6)
    product = left * mean
    if not product.max() > 0:
        raise InputError("region weights: no pixel of the image counts; give some region a weight above 0")
    return product / product.max()
