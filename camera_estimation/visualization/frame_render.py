"""The mesh drawn into the frame of the original image, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, UInt8

from camera_estimation.estimation import CameraEstimate
from camera_estimation.geometry import Camera, Lens, LensWindow
from camera_estimation.images import SourceImage, distort_picture
from camera_estimation.rendering import RenderedView, Renderer, frame_tiles, window_about_mesh
from camera_estimation.visualization.picture_size import camera_of_picture


def render_estimate(
    renderer: Renderer, estimate: CameraEstimate, picture: SourceImage | None = None
) -> UInt8[np.ndarray, "H W 4"]:
    """The mesh drawn into the frame of the image that an estimate is of, with the distortion of its lens.

    Args:
        renderer: Of the mesh.
        estimate: Its camera.
        picture: What ``bound_image`` makes of the image, to be drawn at its size; None: at the image's.

    Returns:
        Straight (not premultiplied) RGBA of that size.
    """
    return render_camera(renderer, estimate.camera, None if estimate.window is None else estimate.window.lens, picture)


def render_camera(
    renderer: Renderer, camera: Camera, lens: Lens | None, picture: SourceImage | None = None
) -> UInt8[np.ndarray, "H W 4"]:
    """As ``render_estimate``, by the camera of the whole image and what distorts it; None: it is a pinhole."""
    if lens is None:
        return render_frame(renderer, camera if picture is None else camera_of_picture(camera, picture))
    if picture is not None:
        lens = lens.resize(picture.width, picture.height)
    return render_through_lens(renderer, camera, lens)


def render_through_lens(renderer: Renderer, camera: Camera, lens: Lens) -> UInt8[np.ndarray, "H W 4"]:
    """As ``render_frame``, distorted: drawn by a pinhole that looks at the mesh, and bent as the lens does.

    Args:
        renderer: Of the mesh.
        camera: One, in world coordinates; its intrinsics do not count.
        lens: The intrinsics and the distortion.
    """
    window = window_about_mesh(renderer.mesh, camera, lens)
    if window is None:
        return np.zeros((lens.height, lens.width, 4), dtype=np.uint8)
    return bend_render(render_frame(renderer, window.to_window(camera)), window)


def bend_render(straight: UInt8[np.ndarray, "h w 4"], window: LensWindow) -> UInt8[np.ndarray, "H W 4"]:
    """A render of a window, straight RGBA, as the lens shows it."""
    straight = straight.copy()
    covered = straight[..., 3:].astype(np.uint16)
    straight[..., :3] = (straight[..., :3] * covered + 127) // 255  # rims are means of premultiplied colors
    bent = distort_picture(straight, window)
    some = np.maximum(bent[..., 3:], 1).astype(np.uint16)
    bent[..., :3] = np.minimum((bent[..., :3].astype(np.uint16) * 255 + some // 2) // some, 255)
    return bent


def render_frame(renderer: Renderer, camera: Camera) -> UInt8[np.ndarray, "H W 4"]:
    """The mesh drawn into the frame of an image.

    Args:
        renderer: Of the mesh.
        camera: One, in world coordinates, of the whole image.

    Returns:
        Straight (not premultiplied) RGBA of the image's size.
    """
    frame = np.zeros((camera.height, camera.width, 4), dtype=np.uint8)
    for place, view in _render_tiles(renderer, camera):
        straight = view.image / view.mask.clamp(min=1e-6)
        rgba = torch.cat([straight, view.mask], dim=1)[0].clamp(0, 1)
        frame[place] = (rgba * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return frame


def depth_frame(renderer: Renderer, camera: Camera) -> Float[np.ndarray, "H W"]:
    """How far the mesh is in the frame of an image.

    Args:
        renderer: Of the mesh.
        camera: One, in world coordinates, of the whole image.

    Returns:
        Along the camera's axis in world units, 0 where there is nothing.
    """
    frame = np.zeros((camera.height, camera.width), dtype=np.float32)
    for place, view in _render_tiles(renderer, camera):
        frame[place] = renderer.mesh.radius * view.points[0, 3].cpu().numpy()
    return frame


@torch.no_grad()
def _render_tiles(renderer: Renderer, camera: Camera) -> Iterator[tuple[tuple[slice, slice], RenderedView]]:
    """Parts of a frame that the mesh can cover, each with its rows and columns."""
    for place, tile in frame_tiles(renderer.mesh, camera):
        yield place, renderer.render(tile)
