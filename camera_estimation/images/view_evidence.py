"""Evidence as a view of the image's window has it: points in its pixels, maps of its size, lengths in object radii."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images.evidence import Evidence
from camera_estimation.mesh import TexturedMesh

OUTER_FENCE = 3.0  # interquartile ranges (Tukey, "Exploratory Data Analysis", 1977)
MOST_VALUES = 1_000_000
HALF_KNOWN = 0.5  # share of a pixel with known depth from which its mean is one
MOST_MIXED = 0.25  # standard deviation within a pixel, as a share of the whole object's, that is one of two surfaces


@dataclass(frozen=True, eq=False)
class ViewKeypoints:
    """``xyz`` in the mesh's normalised frame, ``uv`` in pixels; ``confidence`` sums to one."""

    xyz: Float[Tensor, "N 3"]
    uv: Float[Tensor, "N 2"]
    confidence: Float[Tensor, " N"]

    @property
    def count(self) -> Float[Tensor, ""]:
        """As how many points of equal confidence they count."""
        return 1 / self.confidence.square().sum()


@dataclass(frozen=True, eq=False)
class ViewDepth:
    """``depth`` in object radii if ``kind`` is metric; ``known`` is 1 where there is one on the object."""

    depth: Float[Tensor, "1 1 H W"]
    known: Float[Tensor, "1 1 H W"]
    kind: str


@dataclass(frozen=True, eq=False)
class ViewEvidence:
    """See losses/evidence.py for what it costs to contradict it."""

    keypoints: ViewKeypoints | None = None
    depth: ViewDepth | None = None
    regions: dict[str, Float[Tensor, "1 1 H W"]] = field(default_factory=dict)
    config: EvidenceConfig = field(default_factory=EvidenceConfig)

    @property
    def constrains_pose(self) -> bool:
        """Whether there is anything that a pose can contradict, beside pixels."""
        return self.keypoints is not None or self.depth is not None

    def resize(self, window: tuple[float, float, float, float], width: int, height: int) -> ViewEvidence:
        """Of full-image keypoints and window-sized maps: those of a view of ``window`` with that many pixels."""
        keypoints, depth = self.keypoints, self.depth
        if keypoints is not None:
            scale = keypoints.uv.new_tensor([width / window[2], height / window[3]])
            corner = keypoints.uv.new_tensor(window[:2])
            keypoints = replace(keypoints, uv=(keypoints.uv - corner) * scale)
        if depth is not None:
            depth = _resize_depth(depth, width, height)
        regions = {name: _resize_map(mask, width, height) for name, mask in self.regions.items()}
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
        counting = given.confidence > 0
        xyz = (given.xyz[counting] - mesh.center.to(given.xyz)) / mesh.radius
        confidence = given.confidence[counting] / given.confidence.sum()
        parts = (xyz, given.uv[counting], confidence)
        keypoints = ViewKeypoints(*(tensor.to(device, torch.float32) for tensor in parts))
    if evidence.depth is not None:
        values = _cut(evidence.depth.depth, crop, padding).to(device)
        known = ((values > 0) & (mask > 0.5)).float()
        known = known * within_fences(values, known)
        largest = float((values * known).max())
        unit = mesh.radius if evidence.depth.kind == "metric" else max(largest, 1e-30)
        depth = ViewDepth(known * values / unit, known, evidence.depth.kind)
    regions = {name: _cut(mask, crop, padding).to(device) for name, mask in evidence.regions.items()}
    return ViewEvidence(keypoints, depth, regions, config)


def _resize_depth(depth: ViewDepth, width: int, height: int) -> ViewDepth:
    """Means of what is known, where it is of one surface."""
    share = _resize_map(depth.known, width, height)
    some = share.clamp(min=1e-6)
    mean = _resize_map(depth.depth * depth.known, width, height) / some
    spread = _resize_map((depth.depth**2 * depth.known).double(), width, height) / some - mean.double().square()
    known = depth.depth[depth.known > 0]
    mixed = spread > (MOST_MIXED * known.double().std()).square() if len(known) > 1 else spread < 0
    kept = ((share > HALF_KNOWN) & ~mixed).float()
    return replace(depth, depth=mean * kept, known=kept)


def keypoints_in_space(keypoints: ViewKeypoints, depth: ViewDepth, camera: Camera) -> Float[Tensor, "B N 4"]:
    """Where metric depth at their places in the image puts the keypoints (camera axes, object radii), and their
    confidence, 0 where no depth is known. Of ``camera`` only the intrinsics count."""
    height, width = depth.depth.shape[-2:]
    column, row = keypoints.uv.floor().long().unbind(-1)
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    place = row.clamp(0, height - 1), column.clamp(0, width - 1)
    z = depth.depth[0, 0][place]
    confidence = keypoints.confidence * (inside & (depth.known[0, 0][place] > 0))
    across = (keypoints.uv - camera.principal_point[:, None]) / camera.focal[:, None] * z[:, None]
    shared = torch.stack([z, confidence], dim=-1).expand(len(camera), -1, -1)
    return torch.cat([across, shared], dim=-1)


def within_fences(values: Float[Tensor, "1 1 H W"], known: Float[Tensor, "1 1 H W"]) -> Float[Tensor, "1 1 H W"]:
    """1 where values are within Tukey's outer fences of the known ones. Those beyond are of what lies behind the
    object's rim, or errors of the sensor; a few would rule a fit of scale and shift."""
    if not known.any():
        return known
    low, high = torch.quantile(_thin(values[known > 0]), torch.tensor([0.25, 0.75], device=values.device))
    reach = OUTER_FENCE * (high - low)
    return ((values >= low - reach) & (values <= high + reach)).float()


def _thin(values: Float[Tensor, " N"]) -> Float[Tensor, " n"]:
    """No more than ``torch.quantile`` takes."""
    return values[:: -(-len(values) // MOST_VALUES)]


def _cut(
    image: Float[Tensor, "H W"], crop: tuple[slice, slice], padding: tuple[int, int, int, int]
) -> Float[Tensor, "1 1 h w"]:
    return F.pad(image[crop][None, None].float(), padding)


def _resize_map(image: Float[Tensor, "1 1 H W"], width: int, height: int) -> Float[Tensor, "1 1 h w"]:
    return F.interpolate(image, (height, width), mode="bilinear", antialias=True, align_corners=False)
