"""The window of a source image around the object, at the sizes that the estimate works on."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images.source_image import SourceImage
from camera_estimation.images.view_evidence import ViewEvidence, window_evidence
from camera_estimation.mesh import TexturedMesh

# Room around the object's bounding box on each side, as a share of the box's longer side.
MARGIN = 0.2
# Mask values up to this count as background when the bounding box is taken: soft edges must not widen it.
FAINT = 8


@dataclass(frozen=True)
class TargetView:
    """The target at one size. ``rgba`` is premultiplied; ``pixel_weight`` is how much each pixel counts: the share
    of it within the image, times the weight that ``SourceImage.evidence`` gives it.

    ``window`` is (left, top, width, height) in pixels of the full image, beyond whose border nothing is known.
    """

    rgba: Float[Tensor, "1 4 H W"]
    pixel_weight: Float[Tensor, "1 1 H W"]
    window: tuple[float, float, float, float]
    evidence: ViewEvidence = field(default_factory=ViewEvidence)

    def camera(self, full: Camera) -> Camera:
        """Cameras of the full image as cameras of this view."""
        return full.crop(*self.window, self.rgba.shape[-1], self.rgba.shape[-2])

    def full_camera(self, camera: Camera, width: int, height: int) -> Camera:
        """Cameras of this view as cameras of the full image of that size."""
        return camera.uncrop(*self.window, width, height)


@dataclass(frozen=True)
class Target:
    """Premultiplied RGBA and weight of the object's window, at the image's own resolution, zero beyond its border."""

    rgba: Float[Tensor, "1 4 H W"]
    pixel_weight: Float[Tensor, "1 1 H W"]
    window: tuple[float, float, float, float]
    evidence: ViewEvidence = field(default_factory=ViewEvidence)

    def view(self, longer_side: int) -> TargetView:
        """The window resampled (area averages where it shrinks) so that its longer side has ``longer_side`` pixels."""
        height, width = self.rgba.shape[-2:]
        scale = longer_side / max(height, width)
        size = (max(8, round(height * scale)), max(8, round(width * scale)))
        both = torch.cat([self.rgba, self.pixel_weight], dim=1)
        resized = F.interpolate(both, size, mode="bilinear", antialias=True, align_corners=False)
        evidence = self.evidence.resize(self.window, size[1], size[0])
        return TargetView(resized[:, :4], resized[:, 4:], self.window, evidence)


def make_target(
    image: SourceImage,
    device: torch.device | str,
    mesh: TexturedMesh | None = None,
    config: EvidenceConfig | None = None,
) -> Target:
    """Cut the window around the mask of ``image`` out of it; its evidence too where ``mesh`` says what it is about."""
    rows = torch.nonzero((image.mask[0] > FAINT).any(1))
    columns = torch.nonzero((image.mask[0] > FAINT).any(0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    margin = max(2, round(MARGIN * max(bottom - top, right - left)))
    top, bottom, left, right = top - margin, bottom + margin, left - margin, right + margin
    y0, y1, x0, x1 = max(top, 0), min(bottom, image.height), max(left, 0), min(right, image.width)
    alpha = image.mask[:, y0:y1, x0:x1].to(device).float() / 255
    rgb = image.rgb[:, y0:y1, x0:x1].to(device).float() / 255
    rgba = torch.cat([rgb * alpha, alpha])[None]
    padding = (x0 - left, right - x1, y0 - top, bottom - y1)
    crop = (slice(y0, y1), slice(x0, x1))
    weight = image.evidence.weight
    inside = torch.ones_like(alpha) if weight is None else weight[crop][None].to(device).float()
    padded = F.pad(rgba, padding)
    evidence = ViewEvidence()
    if mesh is not None:
        evidence = window_evidence(image.evidence, mesh, padded[:, 3:], crop, padding, config or EvidenceConfig())
    window = (float(left), float(top), float(right - left), float(bottom - top))
    return Target(padded, F.pad(inside[None], padding), window, evidence)
