"""The launches of CUDA, run by the kernels of the CPU."""

from __future__ import annotations

import sys

import pytest

from camera_estimation.rendering import _warp_runtime

DECISION = _warp_runtime.gives_each_item_a_thread.__name__


def launch_as_on_cuda(patch: pytest.MonkeyPatch) -> None:
    """From now on each item has a kernel's thread of its own, and all views and parts are one launch."""
    for name, module in list(sys.modules.items()):
        if name.startswith("camera_estimation.rendering") and hasattr(module, DECISION):
            patch.setattr(module, DECISION, lambda device: True)
