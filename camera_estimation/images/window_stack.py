"""Windows of one image about many poses, as square views of one size: each is looked at where its object is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.images._crop import Crop
from camera_estimation.images.source_image import SourceImage
from camera_estimation.segmentation import Box

SMALLEST_WINDOW = 8  # pixels a side


@dataclass(frozen=True)
class WindowStack:
    """A window for each of a batch of poses.

    Attributes:
        picture: Straight colors, 0 where nothing is known.
        known: The share of each pixel that is known: within the image, and not hidden.
        corner: Left and top of each window in pixels of the image.
        side: Of each window, likewise.
        image_width: Of the image, in pixels.
        image_height: Likewise.
    """

    picture: Float[Tensor, "B 3 S S"]
    known: Float[Tensor, "B 1 S S"]
    corner: Float[Tensor, "B 2"]
    side: Float[Tensor, " B"]
    image_width: int
    image_height: int

    def __getitem__(self, index: list[int]) -> WindowStack:
        parts = {name: getattr(self, name)[index] for name in ("picture", "known", "corner", "side")}
        return replace(self, **parts)

    def camera(self, full: Camera) -> Camera:
        """Cameras of the image, one for each window, as cameras of the windows."""
        scale = self._scale()[:, None]
        size = self.picture.shape[-1]
        point = (full.principal_point - self.corner) * scale
        return replace(full, focal=full.focal * scale, principal_point=point, width=size, height=size)

    def full_camera(self, camera: Camera) -> Camera:
        """The inverse of ``camera``."""
        scale = self._scale()[:, None]
        point = camera.principal_point / scale + self.corner
        return replace(
            camera,
            focal=camera.focal / scale,
            principal_point=point,
            width=self.image_width,
            height=self.image_height,
        )

    def boxes(self, box: Box) -> Float[Tensor, "B 4"]:
        """A box of the image in pixels of each window."""
        edges = torch.tensor(box, device=self.side.device) - self.corner.repeat(1, 2)
        return edges * self._scale()[:, None]

    def _scale(self) -> Float[Tensor, " B"]:
        return self.picture.shape[-1] / self.side


def cut_windows(
    image: SourceImage, boxes: Sequence[Box], margin: float, size: int, device: torch.device
) -> WindowStack:
    """Square windows about boxes.

    Args:
        image: Of which the windows are.
        boxes: In pixels of the image; they may reach beyond it.
        margin: Room about each box, as a share of its longer side.
        size: Pixels of the views' sides.
        device: Where they are to be.
    """
    pictures, shares, corners, sides = [], [], [], []
    for left, top, right, bottom in boxes:
        side = max(SMALLEST_WINDOW, round((1 + 2 * margin) * max(right - left, bottom - top)))
        x, y = round((left + right - side) / 2), round((top + bottom - side) / 2)
        crop = Crop(x, y, x + side, y + side, image.width, image.height)
        part = crop.cut(image.rgb).to(device).float()[None] / 255
        known = torch.ones_like(part[:, :1])
        if image.known is not None:
            known = crop.cut(image.known).to(device).float()[None] / 255
        window = crop.pad(torch.cat([part * known, known], dim=1))
        view = F.interpolate(window, (size, size), mode="bilinear", antialias=True, align_corners=False)
        pictures.append(view[:, :3] / view[:, 3:].clamp(min=1e-3))
        shares.append(view[:, 3:])
        corners.append((x, y))
        sides.append(side)
    first, length = (torch.tensor(values, dtype=torch.float32, device=device) for values in (corners, sides))
    return WindowStack(torch.cat(pictures), torch.cat(shares), first, length, image.width, image.height)


def silhouette_boxes(silhouette: Float[Tensor, "B 1 H W"]) -> list[Box | None]:
    """The boxes about what is more than half covered, in pixels of the view; None where nothing is."""
    boxes: list[Box | None] = []
    inside = silhouette[:, 0] >= 0.5
    for row, column in zip(inside.any(2).cpu(), inside.any(1).cpu(), strict=True):
        rows, columns = torch.nonzero(row), torch.nonzero(column)
        if len(rows):
            boxes.append((float(columns[0]), float(rows[0]), float(columns[-1]) + 1, float(rows[-1]) + 1))
        else:
            boxes.append(None)
    return boxes
