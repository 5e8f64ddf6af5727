"""One picture of the object, as tensors, with the object's mask and all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from jaxtyping import UInt8
from torch import Tensor

from camera_estimation.geometry import FocalPrior
from camera_estimation.images.evidence import Evidence
from camera_estimation.segmentation import Box

# The object covers a pixel from here on; an alpha channel that never falls below it hides nothing.
HALF_COVERED = 128
# Sources of masks of images that bring none: none yet, whatever the picture says of itself; and found with the pose.
UNMASKED, ESTIMATED = "none", "estimated"
PLAIN_BACKGROUND = "background"  # the mask is all that differs from it
# Sources of masks that are right to a fraction of a pixel. Others may be too, but not all of them are.
MATTES = ("alpha", PLAIN_BACKGROUND)


@dataclass(frozen=True)
class SourceImage:
    """A picture of the object: upright (EXIF applied), straight (not premultiplied) sRGB, and its soft mask.

    Args:
        path: The image file, which messages name.
        rgb: Levels as stored.
        mask: Coverage by the object, 255 where it is whole.
        mask_source: Where the mask came from: "alpha", "file", "background", a segmenter's name, or "estimated". If it
            is "none" the mask is 255 everywhere and says nothing.
        box: Where the object is if there is no mask: left, top, right, bottom in pixels, not exact; None for anywhere.
        evidence: What else is known of the image.
        focal_prior: What the file says of the camera's focal length; None for nothing.
    """

    path: Path
    rgb: UInt8[Tensor, "3 H W"]
    mask: UInt8[Tensor, "1 H W"]
    mask_source: str
    box: Box | None = None
    evidence: Evidence = field(default_factory=Evidence)
    focal_prior: FocalPrior | None = None

    @property
    def has_matte(self) -> bool:
        """Whether the mask is exact; otherwise it is a hint at where the object's boundary is."""
        return self.mask_source in MATTES

    @property
    def width(self) -> int:
        return self.rgb.shape[-1]

    @property
    def height(self) -> int:
        return self.rgb.shape[-2]
