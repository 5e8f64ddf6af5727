"""Features of target images, computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary


class TargetCache:
    """Keeps what ``compute`` makes of a tensor, without gradients, as long as that tensor lives unchanged.

    Keyed by the tensor object, not by its address: a new tensor at an old one's address is not taken for it.
    """

    def __init__(self, compute: Callable[[Tensor], Any]) -> None:
        self._compute = compute
        self._entries = WeakIdKeyDictionary()

    def __call__(self, target: Tensor) -> Any:
        if target.is_inference():  # such tensors do not count their changes
            return self._fresh(target)
        version, features = self._entries.get(target, (None, None))
        if version != target._version:
            features = self._fresh(target)
            self._entries[target] = (target._version, features)
        return features

    def _fresh(self, target: Tensor) -> Any:
        with torch.no_grad():
            return self._compute(target)
