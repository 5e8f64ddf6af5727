"""Frames without masks: a mesh that moves before a background of many colors."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from camera_estimation.geometry.camera import Camera
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import smooth_texture

BLUE_PANEL = (20, 60, 230)


def frames_of(
    mesh: TexturedMesh, cameras: Camera, seed: int = 9, black: bool = False
) -> list[UInt8[np.ndarray, "H W 3"]]:
    """What the world cameras see, before many colors or black."""
    renderer = Renderer(mesh)
    normalized = mesh.to_normalized(cameras).to(torch.float32)
    background = cv2.resize(
        smooth_texture(64, seed).texels.numpy(), (cameras.width, cameras.height), interpolation=cv2.INTER_CUBIC
    )
    background = background // 2 * (not black)  # darker than the object, in all hues
    frames = []
    for index in range(len(cameras)):
        rgba = renderer.supersample(normalized[index], 3)[0].permute(1, 2, 0).numpy()
        mixed = 255 * rgba[..., :3] + (1 - rgba[..., 3:]) * background
        frames.append(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))
    return frames


def hide(frame: UInt8[np.ndarray, "H W 3"], left: int, right: int) -> UInt8[np.ndarray, "H W 3"]:
    """The frame with a panel from top to bottom in front of it."""
    hidden = frame.copy()
    hidden[:, left:right] = BLUE_PANEL
    return hidden
