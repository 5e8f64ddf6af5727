"""Axes by name."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def axis_vector(name: str, device: torch.device) -> Float[Tensor, "3"]:
    """The unit vector of an axis named like ``+y`` or ``-z``."""
    vector = torch.zeros(3, device=device)
    vector["xyz".index(name[1])] = 1.0 if name[0] == "+" else -1.0
    return vector
