"""Masks that are estimated, and the pictures that they are of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, UInt8
from torch.nn import functional as F

from camera_estimation.estimation._silhouette import draw_bounded, half_covered
from camera_estimation.geometry import Camera
from camera_estimation.images import ESTIMATED, SourceImage
from camera_estimation.losses import own_color_share
from camera_estimation.rendering import Renderer

MASK_SIZE = 640  # pixels of the longer side at which masks are drawn
HALF_SEEN = 0.5  # share of what is about a pixel that must look like the object


def rgb_array(image: SourceImage) -> UInt8[np.ndarray, "H W 3"]:
    """The picture's colors."""
    return np.ascontiguousarray(image.rgb.permute(1, 2, 0).numpy())


def with_mask(image: SourceImage, mask: Bool[np.ndarray, "H W"]) -> SourceImage:
    """The same picture with a mask that was estimated."""
    return replace(image, mask=torch.from_numpy(255 * mask.astype(np.uint8))[None], mask_source=ESTIMATED)


@torch.no_grad()
def visible_mask(renderer: Renderer, camera: Camera, image: SourceImage) -> Bool[np.ndarray, "H W"]:
    """What is seen of the object at a pose (a camera of the full image): the silhouette without what has other
    colors."""
    render = draw_bounded(renderer, camera, MASK_SIZE)
    rgb = image.rgb[None].to(camera.device).float() / 255
    picture = F.interpolate(rgb, render.shape[-2:], mode="bilinear", antialias=True, align_corners=False)
    seen = own_color_share(render, picture, torch.ones_like(picture[:, :1])) > HALF_SEEN
    return half_covered(render[:, 3:] * seen, camera)
