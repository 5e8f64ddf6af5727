"""All objects of an image together: which of them is seen where, and a picture of them over the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from camera_estimation.geometry import Camera, Lens, LensWindow
from camera_estimation.images import HALF_COVERED, distort_picture
from camera_estimation.rendering import Renderer, window_about_mesh
from camera_estimation.visualization.frame_render import bend_render, depth_frame, render_frame
from camera_estimation.visualization.pictures import OUTLINE_EDGE, RENDER_SHARE, Rgb, blend, outline, outline_width

# Told apart also by those who see no difference of red and green (after Okabe and Ito's palette).
OBJECT_INKS = ((90, 255, 0), (86, 180, 233), (230, 159, 0), (204, 121, 167), (240, 228, 66), (213, 94, 0))


@dataclass(frozen=True, eq=False)
class SceneLayer:
    """One object in the frame of an image.

    Args:
        rgba: Straight.
        distance: Of its surface from the camera, in world units; infinite where there is none.
        center: Likewise, of its center.
    """

    rgba: UInt8[np.ndarray, "H W 4"]
    distance: Float[np.ndarray, "H W"]
    center: float

    @property
    def covered(self) -> Bool[np.ndarray, "H W"]:
        """Where it is, if nothing is in front of it."""
        return (self.rgba[..., 3] >= HALF_COVERED) & np.isfinite(self.distance)


def draw_layer(renderer: Renderer, camera: Camera, lens: Lens | None, width: int, height: int) -> SceneLayer:
    """An object drawn into a frame.

    Args:
        renderer: Of its mesh.
        camera: One, in world coordinates, of an image.
        lens: What distorts that image; None for nothing.
        width: Of the frame, which shows the image at another size.
        height: Likewise.
    """
    center = float((camera.rotation[0] @ renderer.mesh.center.to(camera.rotation) + camera.translation[0]).norm())
    if lens is None:
        camera = camera.resize(width, height)
        rgba, distance = render_frame(renderer, camera), _distance_frame(renderer, camera)
    else:
        window = window_about_mesh(renderer.mesh, camera, lens.resize(width, height))
        if window is None:
            nothing = np.zeros((height, width, 4), dtype=np.uint8)
            return SceneLayer(nothing, np.full((height, width), np.inf, dtype=np.float32), center)
        rgba, distance = _draw_through(renderer, camera, window)
    return SceneLayer(rgba, np.where(distance > 0, distance, np.float32(np.inf)), center)


def find_hidden_area(layers: Sequence[SceneLayer], index: int, others: Sequence[int]) -> Bool[np.ndarray, "H W"]:
    """Where others are in front of an object, or would be if it were there.

    Args:
        layers: All objects.
        index: The one that is asked about.
        others: Those that may be in front of it.
    """
    layer = layers[index]
    own = np.where(layer.covered, layer.distance, layer.center)
    hidden = np.zeros(own.shape, dtype=bool)
    for other in others:
        hidden |= layers[other].covered & (layers[other].distance < own)
    return hidden


def scene_picture(source: Rgb, layers: Sequence[SceneLayer]) -> Rgb:
    """All objects half transparent over an image, each with its outline where nothing is in front of it.

    Args:
        source: The image, of the layers' size.
        layers: At least one.
    """
    distance = np.stack([np.where(layer.covered, layer.distance, np.inf) for layer in layers])
    nearest = distance.argmin(0)
    shown = source
    visible = [layer.covered & (nearest == index) for index, layer in enumerate(layers)]
    for layer, seen in zip(layers, visible, strict=True):
        shown = blend(shown, layer.rgba[..., :3], np.where(seen, RENDER_SHARE, 0.0))
    width = outline_width(source)
    for index, seen in enumerate(visible):
        mask = np.where(seen, np.uint8(255), np.uint8(0))
        shown[outline(mask, 2 * width)] = OUTLINE_EDGE
        shown[outline(mask, width)] = OBJECT_INKS[index % len(OBJECT_INKS)]
    return shown


def _distance_frame(renderer: Renderer, camera: Camera) -> Float[np.ndarray, "H W"]:
    """From a pinhole to the mesh, 0 where it is not."""
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    across = (np.arange(camera.width, dtype=np.float32) + 0.5 - cx) / fx
    down = (np.arange(camera.height, dtype=np.float32)[:, None] + 0.5 - cy) / fy
    return depth_frame(renderer, camera) * np.sqrt(1 + across**2 + down**2).astype(np.float32)


def _draw_through(
    renderer: Renderer, camera: Camera, window: LensWindow
) -> tuple[UInt8[np.ndarray, "H W 4"], Float[np.ndarray, "H W"]]:
    seen = window.to_window(camera)
    distance = distort_picture(_distance_frame(renderer, seen), window, samples=1, interpolation=cv2.INTER_NEAREST)
    return bend_render(render_frame(renderer, seen), window), distance
