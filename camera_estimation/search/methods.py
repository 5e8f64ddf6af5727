"""The search that a configuration asks for."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import SEARCH_METHODS, Configuration, SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import Target, TargetView
from camera_estimation.losses import LossObjective
from camera_estimation.poses import Candidates
from camera_estimation.rendering import Renderer
from camera_estimation.search.objective_search import ObjectiveSearch
from camera_estimation.search.viewpoint_search import ViewpointSearch

# Where the focal length is free: vertical fields of view that are searched beside the assumed one, how many candidates
# of each go on, and the ratio of focal lengths from which two are worth searching both.
OTHER_FOVS_DEG = (15.0, 75.0)
OTHER_CANDIDATES = 6
SAME_ZOOM = 1.4
VIEWPOINT_RESOLUTION = 96  # pixels of the longer side of the target that the viewpoint search looks at


class Search(Protocol):
    """Finds candidates for a target: cameras of the full image, whose intrinsics ``full`` has.

    ``on_best`` is told the least value of the objective so far, where the search evaluates it. ``partial``: the mask
    is not all of the object's silhouette, or more.
    """

    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates: ...


@dataclass(frozen=True)
class SearchOfViewpoints:
    """``ViewpointSearch``, which knows one view of the target and no objective, as a ``Search``."""

    search: ViewpointSearch

    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        view = target.view(VIEWPOINT_RESOLUTION)
        found = self.search(_plain_where_nothing_counts(view), view.camera(full), partial)
        return replace(found, camera=view.full_camera(found.camera, full.width, full.height))


@dataclass(frozen=True)
class SearchOfFocalLengths:
    """Candidates under the assumed focal length and a few from other fields of view, for a focal length that is free:
    perspective, not only size, tells them apart, and from far off descent does not find the right one."""

    search: Search

    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        found = [self.search(target, full, on_best, partial)]
        assumed = 2 * math.atan(full.height / 2 / float(full.focal[0, 1]))
        for fov in map(math.radians, OTHER_FOVS_DEG):
            zoom = math.tan(assumed / 2) / math.tan(fov / 2)
            if max(zoom, 1 / zoom) < SAME_ZOOM:
                continue
            others = self.search(target, replace(full, focal=full.focal * zoom), on_best, partial)
            found.append(Candidates(others.camera[:OTHER_CANDIDATES], others.score[:OTHER_CANDIDATES]))
        cameras, score = concatenate([part.camera for part in found]), torch.cat([part.score for part in found])
        order = score.argsort(descending=True, stable=True)
        return Candidates(cameras[order], score[order])


def _plain_where_nothing_counts(view: TargetView) -> Float[Tensor, "1 4 H W"]:
    """The target with its mean colour where pixels do not count, in part where they count in part; beyond the image's
    border it has no colour anyhow."""
    weight = view.rgba[:, 3:] * view.pixel_weight
    if bool((view.pixel_weight == 1).all()) or not weight.any():
        return view.rgba
    mean = (view.rgba[:, :3] * view.pixel_weight).sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True)
    color = view.pixel_weight * view.rgba[:, :3] + (1 - view.pixel_weight) * view.rgba[:, 3:] * mean
    return torch.cat([color, view.rgba[:, 3:]], dim=1)


def create_search(renderer: Renderer, objective: LossObjective, config: Configuration) -> Search:
    """The search named by ``config.search.method`` on the mesh of ``renderer``. Raises InputError (see below)."""
    check_search(config.search)
    if config.search.method == "viewpoints":
        upright = config.camera.roll == "upright"
        search = SearchOfViewpoints(ViewpointSearch(renderer, config.search, config.model, upright))
        return SearchOfFocalLengths(search) if config.camera.optimize_fov else search
    return ObjectiveSearch(renderer, objective, config)


def check_search(config: SearchConfig) -> None:
    """Raises InputError for a method that is unknown or cannot be used here, or a range that is none."""
    if config.method not in SEARCH_METHODS:
        raise InputError(f"search '{config.method}' is unknown: choose {', '.join(SEARCH_METHODS)}")
    if not 0 < config.orbit.radius_min <= config.orbit.radius_max:
        raise InputError("search.orbit: radius_min must be more than 0 and at most radius_max")
    if config.method == "cma" and importlib.util.find_spec("cma") is None:
        raise InputError("search 'cma' needs the package cma, which is not installed: pip install 'cma>=4'")
