"""One picture of the object, as tensors, with the object's mask and all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from jaxtyping import Bool, UInt8
from torch import Tensor

from camera_estimation.geometry import FocalPrior, LensWindow
from camera_estimation.images.evidence import Evidence
from camera_estimation.segmentation import Box, Point

# The object covers a pixel from here on; an alpha channel that never falls below it hides nothing.
HALF_COVERED = 128
ALPHA = "alpha"  # the mask is the image's alpha channel
# Sources of masks of images that bring none: none yet, whatever the picture says of itself; and found with the pose.
UNMASKED, ESTIMATED = "none", "estimated"
PLAIN_BACKGROUND = "background"  # the mask is all that differs from it
# Sources of masks that are right to a fraction of a pixel. Others may be too, but not all of them are.
MATTES = (ALPHA, PLAIN_BACKGROUND)


INVERTED, SHADOWLESS = "inverted", "without shadow"  # kinds of other masks, as is ALPHA


@dataclass(frozen=True)
class OtherMask:
    """Another mask that an image may have: the mesh decides which of them is the object's.

    Args:
        mask: Coverage by the object, 255 where it is whole.
        kind: What it is beside the image's own: "inverted", "without shadow" or "alpha".
    """

    mask: UInt8[Tensor, "1 H W"]
    kind: str


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
        other_masks: Which may be the object's as well; an estimate takes the one that the mesh explains best.
        mask_kind: Which of them ``mask`` is; "": the first that was thought of.
        remarks: Lines about what the files have that was not used.
        points: On the object, in pixels, if there is no mask.
        proposed_mask: What may be the object if there is no mask; None: nothing says so.
        known: 255 where a pixel tells anything, 0 where it is not of the picture or shows something that is known to be
            in front of the object; None: all do.
        window: The pinhole that shows it in place of the file's distorted picture (``undistort_image``); None: it is
            the file's picture itself.
    """

    path: Path
    rgb: UInt8[Tensor, "3 H W"]
    mask: UInt8[Tensor, "1 H W"]
    mask_source: str
    box: Box | None = None
    evidence: Evidence = field(default_factory=Evidence)
    focal_prior: FocalPrior | None = None
    other_masks: tuple[OtherMask, ...] = ()
    mask_kind: str = ""
    remarks: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    proposed_mask: Bool[Tensor, "1 H W"] | None = None
    known: UInt8[Tensor, "1 H W"] | None = None
    window: LensWindow | None = None

    def with_other_mask(self, other: OtherMask) -> SourceImage:
        """The same picture with another of its masks, and no other than that."""
        return replace(self, mask=other.mask, mask_kind=other.kind, other_masks=())

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
