"""Evidence as a view of the image's window has it: points in its pixels, maps of its size, lengths in object radii."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.evidence.evidence import Evidence
from camera_estimation.mesh import TexturedMesh

OUTER_FENCE = 3.0  # interquartile ranges (Tukey, "Exploratory Data Analysis", 1977)
MOST_VALUES = 1_000_000
WHOLLY_KNOWN = 0.99  # share of a pixel with known depth from which its mean is one: no mean across a gap


@dataclass(frozen=True, eq=False)
class ViewKeypoints:
    """``xyz`` in the mesh's normalised frame, ``uv`` in pixels; ``confidence`` sums to one."""

    xyz: Float[Tensor, "N 3"]
    uv: Float[Tensor, "N 2"]
    confidence: Float[Tensor, "N"]


@dataclass(frozen=True, eq=False)
class ViewDepth:
    """``depth`` in object radii if ``kind`` is metric; ``known`` is 1 where there is one on the object."""

    depth: Float[Tensor, "1 1 H W"]
    known: Float[Tensor, "1 1 H W"]
    kind: str


@dataclass(frozen=True, eq=False)
class ViewEvidence:
    """See refinement/evidence_cost.py for what it costs to contradict it."""

    keypoints: ViewKeypoints | None = None
    depth: ViewDepth | None = None
    regions: dict[str, Float[Tensor, "1 1 H W"]] = field(default_factory=dict)
    config: EvidenceConfig = field(default_factory=EvidenceConfig)

    @property
    def constrains_pose(self) -> bool:
        """Whether there is anything that a pose can contradict, beside pixels."""
        return self.keypoints is not None or self.depth is not None

    def resized(self, window: tuple[float, float, float, float], width: int, height: int) -> ViewEvidence:
        """Of full-image keypoints and window-sized maps: those of a view of ``window`` with that many pixels."""
        keypoints, depth = self.keypoints, self.depth
        if keypoints is not None:
            scale = keypoints.uv.new_tensor([width / window[2], height / window[3]])
            corner = keypoints.uv.new_tensor(window[:2])
            keypoints = replace(keypoints, uv=(keypoints.uv - corner) * scale)
        if depth is not None:
            share = _resized(depth.known, width, height)
            known = (share > WHOLLY_KNOWN).float()
            mean = _resized(depth.depth * depth.known, width, height) / share.clamp(min=1e-6)
            depth = replace(depth, depth=mean * known, known=known)
        regions = {name: _resized(mask, width, height) for name, mask in self.regions.items()}
        return replace(self, keypoints=keypoints, depth=depth, regions=regions)


def window_evidence(
    evidence: Evidence,
    mesh: TexturedMesh,
    mask: Float[Tensor, "1 1 H W"],
    crop: tuple[slice, slice],
    padding: tuple[int, int, int, int],
    config: EvidenceConfig,
) -> ViewEvidence:
    """Of the window with the object's ``mask`` that ``crop`` cuts out of the image and ``padding`` continues; keypoints
    stay in pixels of the full image."""
    device, keypoints, depth = mask.device, None, None
    if evidence.keypoints is not None:
        given = evidence.keypoints
        xyz = (given.xyz - mesh.centre.to(given.xyz)) / mesh.radius
        confidence = given.confidence / given.confidence.sum()
        keypoints = ViewKeypoints(*(tensor.to(device, torch.float32) for tensor in (xyz, given.uv, confidence)))
    if evidence.depth is not None:
        unit = mesh.radius if evidence.depth.kind == "metric" else float(evidence.depth.depth.max())
        values = _cut(evidence.depth.depth, crop, padding).to(device) / unit
        known = ((values > 0) & (mask > 0.5)).float()
        if evidence.depth.kind != "metric":
            known = known * within_fences(values, known)
        depth = ViewDepth(values, known, evidence.depth.kind)
    regions = {name: _cut(mask, crop, padding).to(device) for name, mask in evidence.regions.items()}
    return ViewEvidence(keypoints, depth, regions, config)


def within_fences(values: Float[Tensor, "1 1 H W"], known: Float[Tensor, "1 1 H W"]) -> Float[Tensor, "1 1 H W"]:
    """1 where values are within Tukey's outer fences of the known ones: a few beyond them, depths of what lies behind
    the object's rim, would rule a fit of scale and shift."""
    if not known.any():
        return known
    low, high = torch.quantile(_thinned(values[known > 0]), torch.tensor([0.25, 0.75], device=values.device))
    reach = OUTER_FENCE * (high - low)
    return ((values >= low - reach) & (values <= high + reach)).float()


def _thinned(values: Float[Tensor, "N"]) -> Float[Tensor, "n"]:
    """No more than ``torch.quantile`` takes."""
    return values[:: -(-len(values) // MOST_VALUES)]


def _cut(
    image: Float[Tensor, "H W"], crop: tuple[slice, slice], padding: tuple[int, int, int, int]
) -> Float[Tensor, "1 1 h w"]:
    return F.pad(image[crop][None, None].float(), padding)


def _resized(image: Float[Tensor, "1 1 H W"], width: int, height: int) -> Float[Tensor, "1 1 h w"]:
    return F.interpolate(image, (height, width), mode="bilinear", antialias=True, align_corners=False)
