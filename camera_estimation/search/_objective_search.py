"""Searches that evaluate the objective itself among cameras around the mesh: what the methods of them share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.geometry import Camera, axis_vector
from camera_estimation.images import Target, TargetView
from camera_estimation.losses import LossObjective, ViewObjective
from camera_estimation.poses import Candidates
from camera_estimation.rendering import RenderedView, Renderer
from camera_estimation.search._orbit_space import OrbitSpace, OrbitView, orbit_space, up_frame
from camera_estimation.search.canonical import silhouette_frame
from camera_estimation.search.registry import Search

VIEWS_AT_ONCE = 32  # rendered and compared in one batch, which bounds the memory that perceptual networks take


@dataclass
class Trials:
    """Evaluates points and keeps all of them, so that whatever a method does the best stays known."""

    loss_of: Callable[[Camera], Float[Tensor, " B"]]
    view: OrbitView
    on_best: Callable[[float], None] = lambda loss: None
    points: list[Float[Tensor, "B K"]] = field(default_factory=list)
    losses: list[Float[Tensor, " B"]] = field(default_factory=list)

    def __call__(self, points: Float[Tensor, "B K"]) -> Float[Tensor, " B"]:
        """The objective at each point; where it is no number, more than anywhere else."""
        worst = torch.finfo(torch.float32).max
        losses = torch.cat([self.loss_of(self.view.cameras(part)) for part in points.split(VIEWS_AT_ONCE)])
        losses = losses.nan_to_num(worst, worst).to("cpu", torch.float64)
        self.points.append(points)
        self.losses.append(losses)
        self.on_best(min(float(tried.min()) for tried in self.losses))
        return losses

    def best_apart(self, count: int, separation: float) -> Candidates:
        """The best ``count`` cameras whose rotations are at least ``separation`` radians apart."""
        cameras = self.view.cameras(torch.cat(self.points))
        scores = -torch.cat(self.losses).to(cameras.rotation)
        return Candidates(cameras, scores).suppress_neighbors(count, separation)


class ObjectiveSearch(Search):
    """Search of one mesh under one objective; derived classes say how it is minimized."""

    def __init__(self, renderer: Renderer, objective: LossObjective, config: Configuration) -> None:
        self.renderer = renderer
        self.objective = objective
        self.config = config

    @torch.no_grad()
    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        """As ``Search.__call__``; the same for a seed, whatever was searched before.

        Where the silhouette is partial it is left to the objective what to make of that.
        """
        config = self.config.search
        view = target.view(config.orbit.resolution)
        space = orbit_space(config.orbit, with_roll=config.orbit.roll and self.config.camera.roll == "free")
        trials = Trials(self._loss(view, partial), self._orbit_view(view, full), on_best)
        generator = torch.Generator().manual_seed(self.config.seed)
        self.minimize(trials, space, generator)
        found = trials.best_apart(config.candidates, math.radians(config.separation_deg))
        return replace(found, camera=view.full_camera(found.camera, full.width, full.height))

    @abstractmethod
    def minimize(
        self,
        loss_of: Callable[[Float[Tensor, "B K"]], Float[Tensor, " B"]],
        space: OrbitSpace,
        generator: torch.Generator,
    ) -> None:
        """Evaluates as many points as the settings allow, of which the best become candidates.

        Args:
            loss_of: The objective at a batch of points; keeps them all.
            space: The box that points lie in.
            generator: Of all random numbers, on the CPU.
        """

    def _loss(self, view: TargetView, partial: bool) -> Callable[[Camera], Float[Tensor, " B"]]:
        levels = self.config.refinement.levels
        hidden_from = levels[0].hidden_from if partial and levels else None
        objective = ViewObjective(self.objective, view, self.config.appearance, hidden_from)

        def loss_of(camera: Camera) -> Float[Tensor, " B"]:
            drawn, points = self.renderer.draw(camera)
            return objective(RenderedView(drawn[:, :3], drawn[:, 3:], points), camera)

        return loss_of

    def _orbit_view(self, view: TargetView, full: Camera) -> OrbitView:
        camera = view.camera(full)
        aim, _ = silhouette_frame(view.rgba[:, 3:], camera)
        up = axis_vector(self.config.model.up_axis, camera.device)
        return OrbitView(camera, up_frame(up), aim[0])
