"""The search that a configuration asks for."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from camera_estimation.camera import Camera
from camera_estimation.configuration import SEARCH_METHODS, Configuration, SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.losses.objective import LossObjective
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.objective_search import ObjectiveSearch
from camera_estimation.search.viewpoint_search import Candidates, ViewpointSearch
from camera_estimation.target import Target

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
        found = self.search(view.rgba, view.camera(full), partial)
        return replace(found, camera=view.full_camera(found.camera, full.width, full.height))


def create_search(renderer: Renderer, objective: LossObjective, config: Configuration) -> Search:
    """The search named by ``config.search.method`` on the mesh of ``renderer``. Raises InputError (see below)."""
    check_search(config.search)
    if config.search.method == "viewpoints":
        upright = config.camera.roll == "upright"
        return SearchOfViewpoints(ViewpointSearch(renderer, config.search, config.model, upright))
    return ObjectiveSearch(renderer, objective, config)


def check_search(config: SearchConfig) -> None:
    """Raises InputError for a method that is unknown or cannot be used here, or a range that is none."""
    if config.method not in SEARCH_METHODS:
        raise InputError(f"search '{config.method}' is unknown: choose {', '.join(SEARCH_METHODS)}")
    if not 0 < config.orbit.radius_min <= config.orbit.radius_max:
        raise InputError("search.orbit: radius_min must be more than 0 and at most radius_max")
    if config.method == "cma" and importlib.util.find_spec("cma") is None:
        raise InputError("search 'cma' needs the package cma, which is not installed: pip install 'cma>=4'")
