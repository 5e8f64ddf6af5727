"""The search "viewpoints": the target is compared with views from everywhere, without the objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.geometry import Camera
from camera_estimation.images import Target, TargetView
from camera_estimation.losses import LossObjective
from camera_estimation.poses import Candidates
from camera_estimation.rendering import Renderer
from camera_estimation.search.registry import Search, search_registry
from camera_estimation.search.viewpoint_search import ViewpointSearch

VIEWPOINT_RESOLUTION = 96  # pixels of the longer side of the target that the viewpoint search looks at


@search_registry.register("viewpoints")
class SearchOfViewpoints(Search):
    """``ViewpointSearch``, which knows one view of the target and no objective, as a ``Search``."""

    description = "silhouettes and colours of views from all sides; needs no objective"
    evaluates_objective = False

    def __init__(self, renderer: Renderer, objective: LossObjective, config: Configuration) -> None:
        upright = config.camera.roll == "upright"
        self._search = ViewpointSearch(renderer, config.search, config.model, upright)

    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        view = target.view(VIEWPOINT_RESOLUTION)
        found = self._search(_plain_where_nothing_counts(view), view.camera(full), partial)
        return replace(found, camera=view.full_camera(found.camera, full.width, full.height))

    @property
    def remarks(self) -> Sequence[str]:
        return self._search.remarks


def _plain_where_nothing_counts(view: TargetView) -> Float[Tensor, "1 4 H W"]:
    """The target with its mean colour where pixels do not count, in part where they count in part; beyond the image's
    border it has no colour anyhow."""
    weight = view.rgba[:, 3:] * view.pixel_weight
    if bool((view.pixel_weight == 1).all()) or not weight.any():
        return view.rgba
    mean = (view.rgba[:, :3] * view.pixel_weight).sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True)
    color = view.pixel_weight * view.rgba[:, :3] + (1 - view.pixel_weight) * view.rgba[:, 3:] * mean
    return torch.cat([color, view.rgba[:, 3:]], dim=1)
