"""Structured search: compare the target with the mesh from every direction, at every roll, in a canonical frame."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import ModelConfig, SearchConfig
from camera_estimation.geometry import Camera, axis_vector
from camera_estimation.poses import Candidates
from camera_estimation.rendering import Renderer, SharedValues
from camera_estimation.search._partial_search import partial_matches
from camera_estimation.search.canonical import canonical_images, roll_rotations, silhouette_frame
from camera_estimation.search.view_cache import ViewCache
from camera_estimation.search.view_drawing import DESCRIPTOR_SIZE
from camera_estimation.search.view_library import (
    VIEW_DISTANCES,
    ViewLibrary,
    canonical_descriptors,
    describe_views,
)

COLOR_WEIGHT = 0.6  # of the colours' correlation beside the silhouettes' overlap, which is at most 1
PARTIAL_CANDIDATES = 2  # times as many where the silhouette is not wholly known


class ViewpointSearch:
    """Search over all poses of one mesh; the views drawn for one image serve the next.

    Args:
        renderer: Of the mesh.
        config: How many views and rolls are compared, and how many candidates come back.
        model: Where the mesh's top and front are.
        upright: Only cameras that see the top upwards are found.
    """

    def __init__(
        self, renderer: Renderer, config: SearchConfig, model: ModelConfig | None = None, upright: bool = False
    ) -> None:
        self.renderer = renderer
        self.config = config
        self.model = model or ModelConfig()
        self.upright = upright
        self._libraries: SharedValues[float, ViewLibrary] = SharedValues()
        self._cache = ViewCache(renderer, config)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Lines about views that cannot be kept for the next run."""
        return self._cache.remarks

    def library(self, distance: float) -> ViewLibrary:
        """The views from the tabulated distance nearest in perspective to ``distance``."""
        nearest = min(VIEW_DISTANCES, key=lambda tabulated: abs(1 / tabulated - 1 / distance))
        return self._libraries.get(nearest, lambda: describe_views(nearest, self._cache.views(nearest)))

    @torch.no_grad()
    def __call__(self, target: Float[Tensor, "1 4 H W"], camera: Camera, partial: bool = False) -> Candidates:
        """Candidates for one target.

        Args:
            target: Premultiplied RGBA.
            camera: That sees it (a batch of one); its pose is ignored.
            partial: The target's mask is not all of the object's silhouette, or more (see _partial_search.py).
        """
        aim, size = silhouette_frame(target[:, 3:], camera)
        # A sphere's silhouette has the size 1 / (sqrt(2) distance); other shapes are near enough to choose the views.
        library = self.library(max(1 / (math.sqrt(2) * size.item()), VIEW_DISTANCES[0]))
        if partial:
            poses, score = partial_matches(library, target, camera, aim, size, self.config.rolls)
            return self.select_best(poses, score, PARTIAL_CANDIDATES * self.config.candidates)
        rolls = roll_rotations(self.config.rolls, camera.device)
        rolled = rolls @ aim
        poses = self._poses(library, camera, rolled, size)
        score = self._scores(library, target, camera, rolled, size).flatten()
        return self.select_best(poses, score, self.config.candidates)

    def select_best(
        self, poses: Camera, score: Float[Tensor, " M"], count: int, places_apart: float | None = None
    ) -> Candidates:
        """The best that differ, the model's prior counted in (see ``non_maximum_suppression``)."""
        separation = math.radians(self.config.separation_deg)
        return Candidates(poses, score + self._prior(poses)).suppress_neighbors(count, separation, places_apart)

    def _scores(
        self,
        library: ViewLibrary,
        target: Float[Tensor, "1 4 H W"],
        camera: Camera,
        rolled: Float[Tensor, "K 3 3"],
        size: Float[Tensor, "1"],
    ) -> Float[Tensor, "N K"]:
        count = len(rolled)
        canonical = canonical_images(
            target.expand(count, -1, -1, -1), camera[[0] * count], rolled, size.expand(count), DESCRIPTOR_SIZE
        )
        masks, colors = canonical_descriptors(canonical)
        common = library.masks @ masks.T
        union = library.masks.square().sum(1)[:, None] + masks.square().sum(1) - common
        overlap = common / union.clamp(min=1e-6)
        if library.shape is not None:
            return overlap + library.shape.scores(canonical)
        return overlap + COLOR_WEIGHT * (library.colors @ colors.T)

    def _prior(self, poses: Camera) -> Float[Tensor, " M"]:
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

    def _poses(
        self, library: ViewLibrary, camera: Camera, rolled: Float[Tensor, "K 3 3"], size: Float[Tensor, "1"]
    ) -> Camera:
        """Every view at every roll: N*K poses."""
        views, count = len(library.rotation), len(rolled)
        view = torch.arange(views, device=camera.device).repeat_interleave(count)
        return library.poses(view, camera, rolled.repeat(views, 1, 1), size.expand(views * count))
