"""Structured search: compare the target with the mesh from every direction, at every roll, in a canonical frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera, look_at_rotation
from camera_estimation.configuration import ModelConfig, SearchConfig
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.canonical import canonical_images, roll_rotations, silhouette_frame

# Distances (in object radii) at which views are drawn; the nearest in perspective to the target's is used.
VIEW_DISTANCES = (1.5, 2.0, 3.0, 5.0, 10.0, 40.0)
DESCRIPTOR_SIZE = 32  # pixels a side of the canonical images that are compared
COLOR_WEIGHT = 0.6  # of the colours' correlation beside the silhouettes' overlap, which is at most 1
CONTRAST_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
VIEWS_AT_ONCE = 64


@dataclass(frozen=True)
class ViewLibrary:
    """A mesh seen from all directions at one distance: poses, where each silhouette is, and its descriptors."""

    rotation: Float[Tensor, "N 3 3"]  # world to the camera aimed at the silhouette
    translation: Float[Tensor, "N 3"]
    size: Float[Tensor, "N"]
    masks: Float[Tensor, "N P"]
    colors: Float[Tensor, "N 3P"]


@dataclass(frozen=True)
class Candidates:
    """Poses worth refining, best first, with the score of each (higher is better)."""

    camera: Camera
    score: Float[Tensor, "B"]


def fibonacci_sphere(count: int) -> Float[Tensor, "N 3"]:
    """Unit vectors spread evenly over the sphere (golden-angle spiral)."""
    index = torch.arange(count, dtype=torch.float64) + 0.5
    z = 1 - 2 * index / count
    angle = index * math.pi * (3 - math.sqrt(5))
    radius = (1 - z * z).sqrt()
    return torch.stack([radius * angle.cos(), z, radius * angle.sin()], dim=-1).float()


def axis_vector(name: str, device: torch.device) -> Float[Tensor, "3"]:
    """The unit vector of an axis named like ``+y`` or ``-z``."""
    vector = torch.zeros(3, device=device)
    vector["xyz".index(name[1])] = 1.0 if name[0] == "+" else -1.0
    return vector


def descriptors(
    canonical: Float[Tensor, "B 4 N N"],
) -> tuple[Float[Tensor, "B P"], Float[Tensor, "B 3P"]]:
    """Coverage, and colours without their mean and contrast (what light and exposure change), as vectors.

    The colour vector has length 1 where there is contrast, less where there is little.
    """
    mask = canonical[:, 3:]
    total = mask.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mean = canonical[:, :3].sum((2, 3), keepdim=True) / total
    centred = canonical[:, :3] - mean * mask
    energy = centred.square().sum((1, 2, 3), keepdim=True) + CONTRAST_FLOOR**2 * total
    return mask.flatten(1), (centred / energy.sqrt()).flatten(1)


@torch.no_grad()
def build_view_library(renderer: Renderer, distance: float, config: SearchConfig) -> ViewLibrary:
    """Draw the mesh from ``config.viewpoints`` directions, from ``distance`` object radii."""
    device = renderer.mesh.device
    directions = fibonacci_sphere(config.viewpoints).to(device)
    up = torch.tensor([0.0, 1.0, 0.0], device=device)
    # The bounding sphere fills the view: its silhouette's tangent is 1 / sqrt(distance^2 - 1).
    focal = config.resolution / 2 * math.sqrt(distance**2 - 1)
    camera = Camera(
        rotation=look_at_rotation(-directions, up),
        translation=torch.tensor([0.0, 0.0, distance], device=device).expand(len(directions), 3),
        focal=torch.full((len(directions), 2), focal, device=device),
        principal_point=torch.full((len(directions), 2), config.resolution / 2, device=device),
        width=config.resolution,
        height=config.resolution,
    )
    parts = []
    for start in range(0, len(directions), VIEWS_AT_ONCE):
        views = camera[start : start + VIEWS_AT_ONCE]
        rgba, _ = renderer.draw(views)
        aim, size = silhouette_frame(rgba[:, 3:], views)
        masks, colors = descriptors(canonical_images(rgba, views, aim, size, DESCRIPTOR_SIZE))
        turned = (aim @ views.translation[..., None])[..., 0]
        parts.append((aim @ views.rotation, turned, size, masks, colors))
    return ViewLibrary(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


class ViewpointSearch:
    """Search over all poses of one mesh; the views drawn for one image serve the next.

    ``model`` says where the mesh's top and front are; with ``upright`` only cameras that see the top upwards are found.
    """

    def __init__(
        self, renderer: Renderer, config: SearchConfig, model: ModelConfig | None = None, upright: bool = False
    ) -> None:
        self.renderer = renderer
        self.config = config
        self.model = model or ModelConfig()
        self.upright = upright
        self._libraries: dict[float, ViewLibrary] = {}

    def library(self, distance: float) -> ViewLibrary:
        """The views from the tabulated distance nearest in perspective to ``distance``."""
        nearest = min(VIEW_DISTANCES, key=lambda tabulated: abs(1 / tabulated - 1 / distance))
        if nearest not in self._libraries:
            self._libraries[nearest] = build_view_library(self.renderer, nearest, self.config)
        return self._libraries[nearest]

    @torch.no_grad()
    def __call__(self, target: Float[Tensor, "1 4 H W"], camera: Camera) -> Candidates:
        """Candidates for a premultiplied RGBA target seen by ``camera``, whose pose is ignored."""
        aim, size = silhouette_frame(target[:, 3:], camera)
        # A sphere's silhouette has the size 1 / (sqrt(2) distance); other shapes are near enough to choose the views.
        library = self.library(max(1 / (math.sqrt(2) * size.item()), VIEW_DISTANCES[0]))
        rolls = roll_rotations(self.config.rolls, camera.device)
        rolled = rolls @ aim
        poses = self._poses(library, camera, rolled, size)
        score = self._scores(library, target, camera, rolled, size).flatten() + self._prior(poses)
        return select_apart(poses, score, self.config.candidates, math.radians(self.config.separation_deg))

    def _scores(self, library, target, camera, rolled, size) -> Float[Tensor, "N K"]:
        count = len(rolled)
        canonical = canonical_images(
            target.expand(count, -1, -1, -1), camera[[0] * count], rolled, size.expand(count), DESCRIPTOR_SIZE
        )
        masks, colors = descriptors(canonical)
        common = library.masks @ masks.T
        union = library.masks.square().sum(1)[:, None] + masks.square().sum(1) - common
        return common / union.clamp(min=1e-6) + COLOR_WEIGHT * (library.colors @ colors.T)

    def _prior(self, poses: Camera) -> Float[Tensor, "M"]:
        """Bonus of upright views of the front; minus infinity for what ``upright`` excludes."""
        up_in_camera = poses.rotation @ axis_vector(self.model.up_axis, poses.device)
        bonus = -up_in_camera[:, 1] / 2
        if self.model.front_axis is not None:
            front_in_camera = poses.rotation @ axis_vector(self.model.front_axis, poses.device)
            bonus = bonus - front_in_camera[:, 2] / 2
        bonus = self.model.prior_weight * bonus
        if self.upright:
            roll = torch.atan2(up_in_camera[:, 0], -up_in_camera[:, 1]).abs()
            bonus = torch.where(roll <= 2 * math.pi / self.config.rolls, bonus, -torch.inf)
        return bonus

    def _poses(self, library, camera, rolled, size) -> Camera:
        """Every view at every roll, at the distance at which its silhouette has the target's size: N*K poses."""
        views, count = len(library.rotation), len(rolled)
        back = rolled.transpose(1, 2)
        scale = (library.size / size)[:, None, None]
        rotation = (back[None] @ library.rotation[:, None]).reshape(-1, 3, 3)
        translation = ((back[None] @ library.translation[:, None, :, None])[..., 0] * scale).reshape(-1, 3)
        return replace(camera[[0] * (views * count)], rotation=rotation, translation=translation)


def select_apart(poses: Camera, score: Float[Tensor, "M"], count: int, separation: float) -> Candidates:
    """The best ``count`` poses whose rotations are at least ``separation`` radians apart."""
    remaining = score.clone()
    flat = poses.rotation.flatten(1)
    least_trace = 1 + 2 * math.cos(separation)
    chosen = []
    for _ in range(min(count, len(score))):
        best = int(remaining.argmax())
        if remaining[best] == -torch.inf:
            break
        chosen.append(best)
        remaining[flat @ flat[best] > least_trace] = -torch.inf
    return Candidates(poses[chosen], score[chosen])
