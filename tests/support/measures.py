"""What estimates are judged by, for tests of the judgment."""

from __future__ import annotations

from typing import Any

GOOD_MEASURES: dict[str, Any] = {
    "mask_source": "alpha",
    "rigid_overlap": 0.99,
    "overlap": 0.995,
    "hidden": 0.0,
    "detail": 0.85,
    "color": 0.85,
    "contrast": 0.15,
    "rival_evidence": None,
    "rival_angle_deg": None,
    "agreeing": 0.6,
    "lead": 2.0,
    "rotation_deviation_deg": 0.05,
    "aside_deviation": 0.0005,
    "distance_deviation": 0.001,
    "fov_deg": 40.0,
    "fov_deviation_deg": None,
    "deformation": 0.0,
    "pixels": 200.0,
    "picture_score": None,
    "picture_margin": None,
    "picture_cut": None,
}
