"""Evidence as a view of the image's window has it: points in its pixels, maps of its size, lengths in object radii."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.geometry import Camera
from camera_estimation.images._crop import Crop
from camera_estimation.images.depth_image import DepthImage
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.mesh import TexturedMesh

OUTER_FENCE = 3.0  # interquartile ranges (Tukey, "Exploratory Data Analysis", 1977)
MOST_VALUES = 1_000_000
HALF_KNOWN = 0.5  # share of a pixel with known depth from which its mean is one
MOST_MIXED = 0.25  # standard deviation within a pixel, as a share of the whole object's, that is one of two surfaces


@dataclass(frozen=True, eq=False)
class ViewKeypoints:
    """Points of the mesh, and where they are in a view.

    Args:
        xyz: In the mesh's normalised frame.
        uv: In pixels of the view; of a target, of the full image.
        confidence: Sums to one.
    """

    xyz: Float[Tensor, "N 3"]
    uv: Float[Tensor, "N 2"]
    confidence: Float[Tensor, " N"]

    @property
    def count(self) -> Float[Tensor, ""]:
        """As how many points of equal confidence they count."""
        return 1 / self.confidence.square().sum()


@dataclass(frozen=True, eq=False)
class ViewDepth:
    """How far the object is from the camera along its axis.

    Args:
        depth: In object radii if ``kind`` is "metric", in units of its own otherwise; 0 where it is not known.
        known: 1 where the object's depth is known.
        kind: One of ``configuration.DEPTH_KINDS``.
    """

    depth: Float[Tensor, "1 1 H W"]
    known: Float[Tensor, "1 1 H W"]
    kind: str


@dataclass(frozen=True, eq=False)
class ViewEvidence:
    """What is known of a view beyond its pixels. See the room of losses for what it costs to contradict it.

    Args:
        keypoints: Points of the mesh and where they are.
        depth: Of the object.
        regions: Soft masks by category, in [0, 1].
        config: How evidence is used.
    """

    keypoints: ViewKeypoints | None = None
    depth: ViewDepth | None = None
    regions: dict[str, Float[Tensor, "1 1 H W"]] = field(default_factory=dict)
    config: EvidenceConfig = field(default_factory=EvidenceConfig)

    @property
    def constrains_pose(self) -> bool:
        """Whether there is anything that a pose can contradict, beside pixels."""
        return self.keypoints is not None or self.depth is not None

    def resize(self, window: tuple[float, float, float, float], width: int, height: int) -> ViewEvidence:
        """The evidence of a target as that of a view of it.

        Args:
            window: The target's, (left, top, width, height) in pixels of the full image.
            width: Pixels of the view.
            height: Likewise.
        """
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
    crop: Crop,
    config: EvidenceConfig,
) -> ViewEvidence:
    """Evidence of an image as that of a window of it; keypoints stay in pixels of the full image.

    Args:
        evidence: Of the full image.
        mesh: What it is about.
        mask: Of the object, in the window; where it is, evidence is.
        crop: The window.
        config: How evidence is used.
    """
    keypoints, depth = evidence.keypoints, evidence.depth
    return ViewEvidence(
        None if keypoints is None else _window_keypoints(keypoints, mesh, mask.device),
        None if depth is None else _window_depth(depth, mesh, mask, crop),
        {name: _window_map(region, crop).to(mask.device) for name, region in evidence.regions.items()},
        config,
    )


def _window_keypoints(keypoints: Keypoints, mesh: TexturedMesh, device: torch.device) -> ViewKeypoints:
    """Those that count at all."""
    counting = keypoints.confidence > 0
    xyz = (keypoints.xyz[counting] - mesh.center.to(keypoints.xyz)) / mesh.radius
    confidence = keypoints.confidence[counting] / keypoints.confidence.sum()
    parts = (xyz, keypoints.uv[counting], confidence)
    return ViewKeypoints(*(tensor.to(device, torch.float32) for tensor in parts))


def _window_depth(depth: DepthImage, mesh: TexturedMesh, mask: Float[Tensor, "1 1 H W"], crop: Crop) -> ViewDepth:
    """On the object, without outliers; depth that is not metric in units of its largest value."""
    values = _window_map(depth.depth, crop).to(mask.device)
    known = ((values > 0) & (mask > 0.5)).float()
    known = known * within_fences(values, known)
    largest = float((values * known).max())
    unit = mesh.radius if depth.kind == "metric" else max(largest, 1e-30)
    return ViewDepth(known * values / unit, known, depth.kind)


def _window_map(image: Float[Tensor, "H W"], crop: Crop) -> Float[Tensor, "1 1 h w"]:
    return crop.pad(crop.cut(image)[None, None].float())


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
    """Where metric depth at their places in the image puts the keypoints.

    Args:
        keypoints: Of a view.
        depth: Of the same view, metric.
        camera: Of the same view; only its intrinsics count.

    Returns:
        x, y, z (camera axes, object radii), and the confidence, 0 where no depth is known.
    """
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


def _resize_map(image: Float[Tensor, "1 1 H W"], width: int, height: int) -> Float[Tensor, "1 1 h w"]:
    return F.interpolate(image, (height, width), mode="bilinear", antialias=True, align_corners=False)
