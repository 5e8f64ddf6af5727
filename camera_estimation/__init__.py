"""Recover the camera that took a picture of a known object."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# GNU OpenMP's threads spin for milliseconds after each of torch's many short operations: on few cores that slows the
# rendering threads by a tenth, and beside another busy process the whole by more than ten times. Read when torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# Imported on first use: torch takes seconds, and `camera-estimate --help` must answer at once.
_EXPORTS = {
    "Camera": "camera",
    "CameraEstimate": "estimate",
    "CameraEstimator": "estimator",
    "Configuration": "configuration",
    "Evidence": "evidence.evidence",
    "InputError": "errors",
    "Keypoint2DLoss": "evidence.keypoint_losses",
    "Keypoint3DLoss": "evidence.keypoint_losses",
    "LossConfig": "configuration",
    "LossObjective": "losses.objective",
    "Renderer": "rendering.renderer",
    "create_loss_objective": "losses.registry",
    "estimate_camera": "estimator",
    "load_category_masks": "segmentation.mask_cache",
    "load_depth": "evidence.depth_image",
    "load_keypoints": "evidence.keypoints",
    "load_mesh": "mesh",
    "load_preset": "presets",
    "load_source_image": "source_image",
    "load_unmasked_image": "source_image",
    "register_loss": "losses.registry",
}
__all__ = [*_EXPORTS, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
