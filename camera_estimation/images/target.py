"""The window of a source image around the object, at the sizes that the estimate works on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images._crop import object_crop, view_size
from camera_estimation.images._window_pixels import window_pixels
from camera_estimation.images.source_image import SourceImage
from camera_estimation.images.view_evidence import ViewEvidence, window_evidence
from camera_estimation.mesh import TexturedMesh


@dataclass(frozen=True)
class TargetView:
    """The target at one size, as renders are compared with it.

    Args:
        rgba: Premultiplied; where each of a batch of poses has a coverage of its own to be compared with, of each.
        pixel_weight: How much each pixel counts: the share of it within the image, times the weight that
            ``SourceImage.evidence`` gives it.
        window: (left, top, width, height) in pixels of the full image, beyond whose border nothing is known.
        evidence: What is known beyond the pixels, in those of this view.
        silhouette_weight: How surely it is known whether the object covers each pixel: 1 where it is, as everywhere if
            the mask is a matte; 0 where neither the mask nor the picture tells, as within reach of a rough mask's
            boundary between things of one color. What is concluded from a difference in coverage (its cost, a misfit of
            the silhouette, a hidden part) is to be multiplied by it. None: 1 everywhere.
        picture: All colors, premultiplied with where they may be the object's, if its mask is only a hint: renders are
            compared with these. None: with those that the mask covers.
        mask_trust: By which factor less than its colors the silhouette counts: 1, but of masks that are only hints.
    """

    rgba: Float[Tensor, "#B 4 H W"]
    pixel_weight: Float[Tensor, "#B 1 H W"]
    window: tuple[float, float, float, float]
    evidence: ViewEvidence = field(default_factory=ViewEvidence)
    silhouette_weight: Float[Tensor, "#B 1 H W"] | None = None
    picture: Float[Tensor, "#B 4 H W"] | None = None
    mask_trust: float = 1.0

    def camera(self, full: Camera) -> Camera:
        """Cameras of the full image as cameras of this view."""
        return full.crop(*self.window, self.rgba.shape[-1], self.rgba.shape[-2])

    def full_camera(self, camera: Camera, width: int, height: int) -> Camera:
        """Cameras of this view as cameras of the full image of that size."""
        return camera.uncrop(*self.window, width, height)


@dataclass(frozen=True)
class Target:
    """The object's window at the image's own resolution, or reduced where it has very many pixels.

    Args:
        rgba: Premultiplied, zero beyond the image's border.
        pixel_weight: How much each pixel counts, zero beyond the image's border.
        window: (left, top, width, height) in pixels of the full image.
        evidence: What is known beyond the pixels: keypoints in pixels of the full image, maps of the window's size.
        silhouette_weight: As in ``TargetView``.
        picture: All colors of the window, those beyond the mask too, where the mask is only a hint at the boundary;
            None where it is a matte.
        reach: Where those colors may be the object's; None: where the mask has it.
        mask_trust: As in ``TargetView``.
    """

    rgba: Float[Tensor, "1 4 H W"]
    pixel_weight: Float[Tensor, "1 1 H W"]
    window: tuple[float, float, float, float]
    evidence: ViewEvidence = field(default_factory=ViewEvidence)
    silhouette_weight: Float[Tensor, "1 1 H W"] | None = None
    picture: Float[Tensor, "1 3 H W"] | None = None
    reach: Float[Tensor, "1 1 H W"] | None = None
    mask_trust: float = 1.0
    _views: dict[int, TargetView] = field(default_factory=dict, init=False, repr=False, compare=False)

    def with_silhouette(
        self,
        coverage: Float[Tensor, "1 1 H W"],
        weight: Float[Tensor, "1 1 H W"],
        reach: Float[Tensor, "1 1 H W"] | None = None,
        mask_trust: float = 1.0,
    ) -> Target:
        """The same window with another coverage by the object, of which ``weight`` tells how surely it is known, and
        colors that count within ``reach``. Its mask must be a hint."""
        assert self.picture is not None
        rgba = torch.cat([self.picture * coverage, coverage], dim=1)
        return replace(self, rgba=rgba, silhouette_weight=weight, reach=reach, mask_trust=mask_trust)

    def view(self, longer_side: int) -> TargetView:
        """The window resampled (area averages where it shrinks) so that its longer side has ``longer_side`` pixels. It
        is made once: large pictures take long to shrink."""
        if longer_side not in self._views:
            self._views[longer_side] = self._resample(longer_side)
        return self._views[longer_side]

    def _resample(self, longer_side: int) -> TargetView:
        height, width = self.rgba.shape[-2:]
        size = view_size(height, width, longer_side)

        def resample(image: Float[Tensor, "1 C H W"]) -> Float[Tensor, "1 C h w"]:
            return F.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)

        small = resample(torch.cat([self.rgba, self.pixel_weight], dim=1))
        weight = None if self.silhouette_weight is None else resample(self.silhouette_weight)
        picture = None
        if self.reach is not None:
            assert self.picture is not None
            picture = resample(torch.cat([self.picture * self.reach, self.reach], dim=1))
        evidence = self.evidence.resize(self.window, size[1], size[0])
        return TargetView(small[:, :4], small[:, 4:5], self.window, evidence, weight, picture, self.mask_trust)


def make_target(
    image: SourceImage,
    device: torch.device | str,
    mesh: TexturedMesh | None = None,
    config: EvidenceConfig | None = None,
) -> Target:
    """Cut the window around an image's object out of it.

    Args:
        image: With a mask.
        device: Where the target's tensors are to be.
        mesh: What the image's evidence is about; without it the target has none.
        config: How evidence is used.
    """
    crop = object_crop(image.mask[0])
    pixels = window_pixels(image, crop, device)
    evidence = ViewEvidence()
    if mesh is not None:
        evidence = window_evidence(image.evidence, mesh, pixels.rgba[:, 3:], crop, config or EvidenceConfig())
    return Target(pixels.rgba, pixels.weight, crop.window, evidence, picture=pixels.rgb)
