"""The part of an image around the object, and what cameras see of it, at the size that pictures of a record have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image

from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage
from camera_estimation.rendering import Renderer
from camera_estimation.visualization import MaskLevels, Rgb, Rgba, image_from_pixels, panel_window, source_mask


class ObjectPanel:
    """``image`` is the source cut to the object and scaled so that its longer side has ``longer_side`` pixels."""

    def __init__(self, image: SourceImage, renderer: Renderer, longer_side: int) -> None:
        self.renderer = renderer
        mask = source_mask(image)
        left, top, right, bottom = panel_window(mask, mask, whole_from=1.0)
        self.window = (left, top, right - left, bottom - top)
        scale = longer_side / max(right - left, bottom - top)
        self.width, self.height = (max(1, round(scale * side)) for side in (right - left, bottom - top))
        rgb = image.rgb.permute(1, 2, 0).numpy()[top:bottom, left:right]
        scaled_rgb = torch.from_numpy(self._resize(rgb)).permute(2, 0, 1)
        scaled_mask = torch.from_numpy(self._resize(mask[top:bottom, left:right]))[None]
        self.image = replace(image, rgb=scaled_rgb, mask=scaled_mask, box=None)

    @torch.no_grad()
    def draw(self, camera: Camera) -> tuple[Rgba, Float[np.ndarray, "H W"]]:
        """Straight RGBA of the mesh as a world camera of the full image sees it, and its depth in object radii (0 where
        there is nothing)."""
        mesh = self.renderer.mesh
        view = mesh.to_normalized(camera.to(torch.float64)).crop(*self.window, self.width, self.height)
        rgba, points = self.renderer.draw(view.to(mesh.device, torch.float32))
        straight = torch.cat([rgba[:, :3] / rgba[:, 3:].clamp(min=1e-6), rgba[:, 3:]], dim=1)[0].clamp(0, 1)
        pixels = (255 * straight).round().byte().permute(1, 2, 0).cpu().numpy()
        return pixels, points[0, 3].cpu().numpy()

    def _resize(self, pixels: Rgb | MaskLevels) -> UInt8[np.ndarray, "..."]:
        return np.array(image_from_pixels(pixels).resize((self.width, self.height), Image.Resampling.LANCZOS))


def depth_picture(depth: Float[np.ndarray, "H W"], center: float) -> MaskLevels:
    """Grey, bright where near; ``center`` is the depth of the mesh's centre, and its radius is 1. Black: nothing."""
    near = np.clip((center + 1 - depth) / 2, 0, 1)
    return np.where(depth > 0, 40 + 215 * near, 0).astype(np.uint8)
