"""How nerfstudio and instant-ngp read a transforms.json, by their documentation: a second opinion."""

from __future__ import annotations

from typing import Any

import numpy as np


def project_frame(tree: dict[str, Any], number: int, points: np.ndarray) -> np.ndarray:
    """Pixels, the first one's center at (0.5, 0.5), of points in the world before ``applied_transform``."""
    frame = {**tree, **tree["frames"][number]}
    turned = points @ np.array(tree["applied_transform"])[:, :3].T
    camera_to_world = np.array(frame["transform_matrix"])
    right, up, backward = ((turned - camera_to_world[:3, 3]) @ camera_to_world[:3, :3]).T
    x, y = right / -backward, -up / -backward
    if frame.get("is_fisheye") or frame.get("camera_model") == "OPENCV_FISHEYE":
        radius = np.hypot(x, y)
        angle = np.arctan(radius)
        powers = (frame["k1"] * angle**2, frame["k2"] * angle**4, frame["k3"] * angle**6, frame["k4"] * angle**8)
        stretch = np.where(radius > 0, angle * (1 + sum(powers)) / np.where(radius > 0, radius, 1), 1)
        x, y = x * stretch, y * stretch
    else:
        k1, k2, k3, p1, p2 = (frame.get(name, 0) for name in ("k1", "k2", "k3", "p1", "p2"))
        square = x * x + y * y
        factor = 1 + k1 * square + k2 * square**2 + k3 * square**3
        x, y = (
            x * factor + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * factor + 2 * p2 * x * y + p1 * (square + 2 * y * y),
        )
    return np.stack([frame["fl_x"] * x + frame["cx"], frame["fl_y"] * y + frame["cy"]], axis=1)
