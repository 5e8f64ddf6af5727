"""The search "dinov2": of many views that resemble the picture, those whose parts do, by learned features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.losses import LossObjective, ViewObjective, create_loss_objective, loss_class
from camera_estimation.poses import Candidates
from camera_estimation.rendering import RenderedView, Renderer
from camera_estimation.search.methods.viewpoints import SearchOfViewpoints
from camera_estimation.search.registry import search_registry

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera
    from camera_estimation.images import Target

OBJECTIVE = "featuremetric"
RESOLUTION = 224  # pixels of the longer side of the views that the network sees: 16 patches of 14
VIEWS_AT_ONCE = 16  # drawn and compared in one batch, which bounds the memory that the network takes


@search_registry.register("dinov2")
class SearchOfFeatures(SearchOfViewpoints):
    """``SearchOfViewpoints`` for ``config.search.dinov2.views`` views, of which those go on that the objective
    "featuremetric" prefers: colours that the mesh does not have do not decide.

    Templates compared by DINOv2's patches are those of FoundPose (Örnek et al., 2024); here they are drawn where the
    picture has the object, so that no alignment is left to the comparison.
    """

    description = "views from all sides, compared by DINOv2's features: for meshes whose colours are wrong"
    requirements = "weights of DINOv2"

    def __init__(self, renderer: Renderer, objective: LossObjective, config: Configuration) -> None:
        views = max(config.search.dinov2.views, config.search.candidates)
        super().__init__(renderer, objective, replace(config, search=replace(config.search, candidates=views)))
        self.renderer, self.config = renderer, config
        self.features = create_loss_objective(OBJECTIVE, str(renderer.mesh.device))

    @torch.no_grad()
    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        found = super().__call__(target, full, on_best, partial)
        view = target.view(RESOLUTION)
        compare = ViewObjective(self.features, view, self.config.appearance)
        losses = []
        for cameras in (found.camera[index] for index in torch.arange(len(found)).split(VIEWS_AT_ONCE)):
            seen = view.camera(cameras)
            drawn, points = self.renderer.draw(seen)
            losses.append(compare(RenderedView(drawn[:, :3], drawn[:, 3:], points), seen))
        score = -torch.cat(losses)
        order = score.argsort(descending=True, stable=True)[: self.config.search.candidates]
        return Candidates(found.camera[order], score[order])

    @staticmethod
    def missing() -> str | None:
        return loss_class(OBJECTIVE).missing()
