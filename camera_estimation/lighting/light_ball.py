"""A gray ball under a light: how a light looks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.geometry import Camera
from camera_estimation.lighting.light import Light
from camera_estimation.lighting.photograph import encode_srgb
from camera_estimation.lighting.sphere import spread_directions

ALBEDO = 0.5  # in linear light: gray
SAMPLES = 2  # a side of a pixel
NORMALS = 400  # by which a shading is told as a polynomial


def draw_light_ball(light: Light, camera: Camera, side: int) -> UInt8[np.ndarray, "S S 4"]:
    """A matt gray ball under a light as a camera sees it, on nothing.

    Args:
        light: In world axes.
        camera: One, in world coordinates.
        side: Of the picture, in pixels.
    """
    fine = SAMPLES * side
    x, y = np.meshgrid(*[(2 * np.arange(fine) + 1) / fine - 1] * 2)
    inside = x**2 + y**2 < 1
    normals = np.stack([x, y, -np.sqrt(np.maximum(1 - x**2 - y**2, 0))], axis=-1)
    world = normals.reshape(-1, 3) @ camera.rotation[0].double().cpu().numpy()
    linear = (ALBEDO * light.shade(world)).reshape(fine, fine, 3) * inside[..., None]
    blocks = side, SAMPLES, side, SAMPLES
    share = inside.reshape(blocks).mean((1, 3))
    color = linear.reshape(*blocks, 3).mean((1, 3)) / np.maximum(share, 1e-9)[..., None]
    return np.dstack([encode_srgb(color), np.round(255 * share).astype(np.uint8)])


def shading_polynomial(light: Light) -> Float[np.ndarray, "9 3"]:
    """A light's shading by the unit normal, as near as 1, x, y, z, xy, yz, zx, x^2 and y^2 come to it.

    Args:
        light: In world axes.
    """
    normals = spread_directions(NORMALS)
    x, y, z = normals.T
    terms = np.stack([np.ones_like(x), x, y, z, x * y, y * z, z * x, x**2, y**2], axis=1)
    return np.linalg.lstsq(terms, light.shade(normals), rcond=None)[0]
