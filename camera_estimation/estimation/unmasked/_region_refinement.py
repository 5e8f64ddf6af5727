"""Poses refined by the picture alone: the colors within each one's silhouette, and on both sides of its contour.

No mask is needed: each pose is compared with what its own silhouette makes of the picture (losses/region_evidence.py),
in a window of its own, and that is made again as it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage, TargetView, WindowStack, cut_windows, silhouette_boxes
from camera_estimation.losses import PoseScorer, RegionFinder, own_color_share
from camera_estimation.refinement import refine
from camera_estimation.rendering import Renderer
from camera_estimation.segmentation import Box

MARGIN = 0.3  # about silhouettes, of the longer side of their boxes: room for what is not the object
OUTLINE_SIZE = 96  # pixels of the frame's longer side at which silhouettes are found
# What a silhouette weighs beside the colors within it.
CONTOUR_TRUST = 0.3


@dataclass(frozen=True)
class RegionLevel:
    """How poses are refined at one size.

    Attributes:
        size: Pixels of the windows' sides.
        blur: As in ``PoseScorer``.
        gaps: Of each round: see ``RegionFinder.look``.
        iterations: Of each round.
        simplified: Whether the coarse mesh will do.
    """

    size: int
    blur: float
    gaps: Sequence[float]
    iterations: int
    simplified: bool


def draw_outlines(renderer: Renderer, cameras: Camera, longer_side: int = OUTLINE_SIZE) -> Float[Tensor, "B 1 h w"]:
    """Silhouettes in the whole image, whose longer side gets that many pixels."""
    scale = longer_side / max(cameras.width, cameras.height)
    width, height = max(1, round(scale * cameras.width)), max(1, round(scale * cameras.height))
    return renderer.draw(cameras.resize(width, height))[0][:, 3:]


def outline_boxes(renderer: Renderer, cameras: Camera, longer_side: int = OUTLINE_SIZE) -> list[Box | None]:
    """What is seen of silhouettes in the image, in its pixels: left, top, right, bottom; found as ``draw_outlines``."""
    outlines = draw_outlines(renderer, cameras, longer_side)
    x, y = cameras.width / outlines.shape[-1], cameras.height / outlines.shape[-2]
    boxes = silhouette_boxes(outlines)
    return [None if box is None else (box[0] * x, box[1] * y, box[2] * x, box[3] * y) for box in boxes]


@torch.no_grad()
def windows_about(
    renderer: Renderer, cameras: Camera, image: SourceImage, size: int
) -> tuple[list[int], WindowStack | None]:
    """Which of the poses show the object within the image, and windows about their silhouettes."""
    boxes = {index: box for index, box in enumerate(outline_boxes(renderer, cameras)) if box is not None}
    return list(boxes), cut_windows(image, list(boxes.values()), MARGIN, size, cameras.device) if boxes else None


def own_view(
    windows: WindowStack, coverage: Float[Tensor, "B 1 S S"], weight: Float[Tensor, "B 1 S S"] | None = None
) -> TargetView:
    """The windows as a view in which each pose has a coverage of its own, and colors count wherever it is.

    Args:
        windows: Of the poses.
        coverage: By the object.
        weight: As in ``TargetView.silhouette_weight``.
    """
    size = float(windows.picture.shape[-1])
    return TargetView(
        rgba=torch.cat([windows.picture * coverage, coverage], dim=1),
        pixel_weight=windows.known,
        window=(0.0, 0.0, size, size),
        silhouette_weight=weight,
        picture=torch.cat([windows.picture * windows.known, windows.known], dim=1),
        mask_trust=CONTOUR_TRUST,
    )


@torch.no_grad()
def refine_by_regions(
    mesh: PreparedMesh, cameras: Camera, image: SourceImage, level: RegionLevel, appearance: AppearanceConfig
) -> Camera:
    """Cameras of the full image refined, those that see nothing of the object left out; maybe none.

    Args:
        mesh: The object.
        cameras: Where to begin.
        image: Its mask is not looked at.
        level: How.
        appearance: How colors are compared.
    """
    renderer = mesh.coarse_renderer if level.simplified else mesh.renderer
    seen, windows = windows_about(renderer, cameras, image, level.size)
    if windows is None:
        return cameras[[]]
    finder = RegionFinder(windows.picture, windows.known)
    camera = windows.camera(cameras[seen])
    for gap in level.gaps:
        render = renderer.draw(camera)[0]
        look = finder.look(render[:, 3:], gap, own_color_share(render, windows.picture, windows.known))
        view = own_view(windows, look.coverage, look.weight)
        scorer = PoseScorer(view, level.blur, appearance)
        camera = refine(renderer, camera, scorer, level.iterations, up=mesh.up, together=True).camera
    return windows.full_camera(camera)
