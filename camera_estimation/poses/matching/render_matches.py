"""Keypoints of a picture from its matches with a render."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.images import Keypoints, SourceImage, make_target
from camera_estimation.poses.matching.matcher import Matcher
from camera_estimation.rendering import Renderer

PIXELS = 384  # of the longer side of the window that is matched
RIM = 4  # pixels: nearer to a silhouette descriptors see more of the background than of the object
# From render to picture, of the window: the render is nearly right, so what is farther apart is no match.
LARGEST_SHIFT = 0.15


@torch.no_grad()
def match_render(image: SourceImage, camera: Camera, renderer: Renderer, matcher: Matcher) -> Keypoints:
    """Points of the mesh that the render of a pose shows, where the picture shows them; none where nothing matches.

    Args:
        image: With a mask.
        camera: A world camera of the full image (a batch of one), nearly right.
        renderer: Of the mesh.
        matcher: What finds matches.
    """
    mesh = renderer.mesh
    view = make_target(image, mesh.device).view(PIXELS)
    rgba, points = renderer.draw(view.camera(mesh.to_normalized(camera).to(torch.float32)))
    drawn, seen, similarity = matcher.match(
        rgba[:, :3], view.rgba[:, :3], _away_from_rim(rgba[:, 3:]), _away_from_rim(view.rgba[:, 3:])
    )
    near = (drawn - seen).float().norm(dim=1) <= LARGEST_SHIFT * PIXELS
    drawn, seen, similarity = drawn[near], seen[near], similarity[near]
    xyz = points[0, :3, drawn[:, 1], drawn[:, 0]].T.double().cpu() * mesh.radius + mesh.center.cpu()
    left, top, width, _ = view.window
    uv = torch.tensor([left, top], dtype=torch.float64) + (seen.cpu() + 0.5) * (width / view.rgba.shape[-1])
    names = tuple(f"match {number}" for number in range(1, len(xyz) + 1))
    return Keypoints(xyz, uv, similarity.double().cpu(), names)


def _away_from_rim(mask: Float[Tensor, "1 1 H W"]) -> Float[Tensor, "1 1 H W"]:
    """1 where all around is covered."""
    return (F.avg_pool2d(mask, 2 * RIM + 1, stride=1, padding=RIM) > 0.99).float()
