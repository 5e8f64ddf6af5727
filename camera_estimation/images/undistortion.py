"""The part of a distorted picture about its object as a pinhole would show it."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped, UInt8
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.geometry import Lens, LensWindow, window_about_pixels
from camera_estimation.images._crop import object_crop
from camera_estimation.images.depth_image import DepthImage
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.frame import frame_box
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.images.resampling import resample_picture
from camera_estimation.images.source_image import ALPHA, HALF_COVERED, INVERTED, UNMASKED, SourceImage
from camera_estimation.segmentation import Box, Point

MOST_SAMPLES = 4  # a side of a pixel
DRAWN_SAMPLES = 2  # likewise, of pictures that are distorted, whose pixels are about as large
GRID = 17  # points along a side of a box
Rgb = UInt8[np.ndarray, "h w 3"]
Levels = UInt8[np.ndarray, "h w"]


def undistort_image(image: SourceImage, lens: Lens) -> SourceImage:
    """What a pinhole at the place of the camera shows about the object, or of the whole picture if it has no mask.

    Args:
        image: With the lens's distortion, upright.
        lens: What took it.

    Returns:
        A picture whose ``window`` tells where it is from; cameras that are estimated of it are those of the lens.

    Raises:
        InputError: The lens shows nothing where the object is; one line.
    """
    window = window_about_pixels(lens, _part_to_show(image))
    if window is None:
        raise InputError(f"{image.path}: its lens shows nothing where the object is; check the distortion coefficients")
    return look_through(image, window)


def look_through(image: SourceImage, window: LensWindow) -> SourceImage:
    """What a window shows of the distorted picture that it is of; as ``undistort_image``, which chooses the window.

    Args:
        image: With the lens's distortion, upright.
        window: The pinhole.
    """
    samples = _samples_of(window)
    size = window.width, window.height
    if image.mask_source == UNMASKED:
        rgb, known = resample_picture(_pixels(image.rgb), window.source_pixels, *size, samples=samples)
        mask = np.full_like(known, 255)
    else:
        rgb, mask, known = _resample_object(image, window, samples)
    if image.known is not None:
        known = np.minimum(known, undistort_mask(image.known, window)[0].numpy())
    return replace(
        image,
        rgb=torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))),
        mask=torch.from_numpy(mask[None]),
        box=_window_box(image.box, window),
        points=_window_points(image.points, window),
        proposed_mask=_window_proposal(image.proposed_mask, window),
        evidence=_undistort_evidence(image.evidence, window),
        focal_prior=None,
        other_masks=tuple(replace(other, mask=undistort_mask(other.mask, window)) for other in image.other_masks),
        known=torch.from_numpy(known[None]),
        window=window,
    )


def undistort_mask(mask: UInt8[Tensor, "1 H W"], window: LensWindow) -> UInt8[Tensor, "1 h w"]:
    """A mask of a distorted picture as a window shows it, 0 beyond the picture."""
    size, samples = (window.width, window.height), _samples_of(window)
    levels, known = resample_picture(mask[0].numpy(), window.source_pixels, *size, samples=samples)
    return torch.from_numpy(np.where(known > 0, levels, 0))[None]


def distort_picture(
    picture: Shaped[np.ndarray, "h w *C"],
    window: LensWindow,
    samples: int = DRAWN_SAMPLES,
    interpolation: int = cv2.INTER_CUBIC,
) -> Shaped[np.ndarray, "H W *C"]:
    """A picture of a window as the lens shows it.

    Args:
        picture: Nothing but zeros outside of what it shows.
        window: Its pinhole.
        samples: As in ``resample_picture``.
        interpolation: Likewise.

    Returns:
        Of the size of the lens's pictures, zero where the window shows nothing.
    """
    shown = np.zeros((window.lens.height, window.lens.width, *picture.shape[2:]), picture.dtype)
    rows, columns = (np.flatnonzero((picture > 0).reshape(*picture.shape[:2], -1).any((axis, 2))) for axis in (1, 0))
    if len(rows) == 0:
        return shown
    box = (float(columns[0]), float(rows[0]), columns[-1] + 1.0, rows[-1] + 1.0)
    outline = window.source_pixels(_box_grid(box))
    outline = outline[outline.isfinite().all(-1)]
    if not len(outline):
        return shown
    (left, top), (right, bottom) = outline.amin(0).floor().int().tolist(), outline.amax(0).ceil().int().tolist()
    left, top = max(0, left - 1), max(0, top - 1)
    width, height = min(window.lens.width, right + 1) - left, min(window.lens.height, bottom + 1) - top
    if width > 0 and height > 0:
        part, inside = resample_picture(
            picture,
            window.window_pixels,
            width,
            height,
            samples=samples,
            interpolation=interpolation,
            left=left,
            top=top,
        )
        part[inside == 0] = 0
        shown[top : top + height, left : left + width] = part
    return shown


def _samples_of(window: LensWindow) -> int:
    """A side of a window's pixels, as many as these show of the lens's."""
    return min(MOST_SAMPLES, max(1, math.ceil(window.shrinkage - 0.25)))


def _resample_object(image: SourceImage, window: LensWindow, samples: int) -> tuple[Rgb, Levels, Levels]:
    """Colors, mask, and which pixels are known. What alpha hides is not mixed into the object's rim, unless that may be
    the object."""
    size = window.width, window.height
    straight, mask = _pixels(image.rgb), image.mask[0].numpy()
    hides = image.mask_source == ALPHA and not any(other.kind == INVERTED for other in image.other_masks)
    colors = cv2.convertScaleAbs(straight * (mask[..., None] / np.float32(255))) if hides else straight
    rgb, known = resample_picture(colors, window.source_pixels, *size, samples=samples)
    mask, _ = resample_picture(mask, window.source_pixels, *size, samples=samples)
    if hides:
        rgb = cv2.convertScaleAbs(rgb * (np.float32(255) / np.maximum(mask, 1)[..., None]))
    return rgb, np.where(known > 0, mask, 0), known


def _part_to_show(image: SourceImage) -> Box:
    """Left, top, right and bottom of what the estimate looks at, in pixels, not beyond the picture."""
    if image.mask_source == UNMASKED:
        left, top, right, bottom = (float(side) for side in frame_box(image, image.box))
    else:
        every = torch.stack([image.mask, *(other.mask for other in image.other_masks)]).amax(0)
        left, top, width, height = object_crop(every[0]).window
        right, bottom = left + width, top + height
        room = max(width, height) / 8  # for what the lens bends out of the box
        left, top, right, bottom = left - room, top - room, right + room, bottom + room
    return max(0.0, left), max(0.0, top), min(float(image.width), right), min(float(image.height), bottom)


def _window_box(box: Box | None, window: LensWindow) -> Box | None:
    """The box about what a rough box shows."""
    if box is None:
        return None
    found = window.window_pixels(_box_grid(box))
    found = found[found.isfinite().all(-1)]
    if not len(found):
        return None
    return (*found.amin(0).tolist(), *found.amax(0).tolist())


def _window_points(points: tuple[Point, ...], window: LensWindow) -> tuple[Point, ...]:
    """Those of the points that the window shows."""
    if not points:
        return ()
    found = window.window_pixels(torch.tensor(points, dtype=torch.float64))
    return tuple((x, y) for x, y in found[found.isfinite().all(-1)].tolist())


def _window_proposal(mask: Bool[Tensor, "1 H W"] | None, window: LensWindow) -> Bool[Tensor, "1 h w"] | None:
    return None if mask is None else undistort_mask(255 * mask.byte(), window) >= HALF_COVERED


def _box_grid(box: Box) -> Float[Tensor, "N 2"]:
    """Points of a box, its border among them."""
    left, top, right, bottom = box
    share = torch.linspace(0, 1, GRID, dtype=torch.float64)
    columns, rows = left + share * (right - left), top + share * (bottom - top)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1).reshape(-1, 2)


def _undistort_evidence(evidence: Evidence, window: LensWindow) -> Evidence:
    def resample(image: Float[Tensor, "H W"], interpolation: int) -> Float[Tensor, "h w"]:
        values = image.float().numpy()
        size = window.width, window.height
        shown, known = resample_picture(values, window.source_pixels, *size, interpolation=interpolation)
        return torch.from_numpy(np.where(known > 0, shown, 0))

    keypoints, depth = evidence.keypoints, evidence.depth
    return replace(
        evidence,
        keypoints=None if keypoints is None else _undistort_keypoints(keypoints, window),
        depth=None if depth is None else _turn_depth(depth, resample(depth.depth, cv2.INTER_NEAREST), window),
        regions={name: resample(mask, cv2.INTER_LINEAR) for name, mask in evidence.regions.items()},
        weight=None if evidence.weight is None else resample(evidence.weight, cv2.INTER_LINEAR),
    )


def _undistort_keypoints(keypoints: Keypoints, window: LensWindow) -> Keypoints:
    """Those that the window cannot show do not count."""
    uv = window.window_pixels(keypoints.uv)
    seen = uv.isfinite().all(-1)
    return replace(
        keypoints,
        uv=torch.where(seen[:, None], uv, torch.tensor([window.width / 2, window.height / 2], dtype=uv.dtype)),
        confidence=torch.where(seen, keypoints.confidence, 0.0),
    )


def _turn_depth(depth: DepthImage, shown: Float[Tensor, "h w"], window: LensWindow) -> DepthImage:
    """Depth along the window's axis, of depth along the lens's."""
    fx, fy, cx, cy = window.intrinsics
    across = (torch.arange(window.width, dtype=torch.float64) + 0.5 - cx) / fx
    down = (torch.arange(window.height, dtype=torch.float64)[:, None] + 0.5 - cy) / fy
    x, y, z = window.rotation[:, 2].tolist()  # the lens's axis in axes of the window
    along = (across * x + down * y + z).clamp(min=1e-6).float()
    return replace(depth, depth=shown * along if depth.kind == "inverse" else shown / along)


def _pixels(image: Tensor) -> np.ndarray:
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())
