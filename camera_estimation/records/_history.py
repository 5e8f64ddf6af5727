"""The iterations of an estimate under one measure: the chosen objective and its terms at every camera on the way."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from camera_estimation.estimation import CameraEstimate, CameraEstimator, CameraObjective
from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage

RESULT = "result"  # the stage of the last row: the answer


@dataclass(frozen=True)
class HistoryRow:
    """The best camera after one iteration.

    ``camera`` is a batch of one, in world units and of the full image. ``loss`` is what the stage minimises, at its own
    resolution; ``objective`` is the chosen objective and ``terms`` what it is the sum of, at the resolution of
    ``config.loss`` in every row. ``turn`` (radians) and ``shift`` (object radii, see ``stages.Iteration``) are the step
    that led here; the answer has none.
    """

    stage: str
    number: int
    camera: Camera
    loss: float
    objective: float
    terms: dict[str, float]
    turn: float | None
    shift: float | None


@torch.no_grad()
def history_of(estimate: CameraEstimate, image: SourceImage, estimator: CameraEstimator) -> list[HistoryRow]:
    """A row for each recorded iteration, in their order, and one for the answer.

    The cameras are rendered again, the mesh as it is, so that the estimate itself was not slowed.
    """
    mesh, config = estimator.mesh, estimator.config
    levels = config.refinement.levels
    loss_of = CameraObjective(
        estimator.objective,
        estimator.observe(image).target.view(config.loss.resolution),
        config,
        lambda camera: camera,
        levels[-1].hidden_from if estimate.occluded and levels else None,
    )

    def normalize(camera: Camera) -> Camera:
        return mesh.to_normalized(camera.to(torch.float64)).to(estimator.device, torch.float32)

    loss_of.leave_out_hidden(normalize(estimate.camera), estimator.renderer)
    rows = []
    for step in estimate.iterations:
        terms = step.terms or loss_of.terms(normalize(step.camera), estimator.renderer)
        total = sum(terms.values())
        rows.append(HistoryRow(step.stage, step.number, step.camera, step.loss, total, terms, step.turn, step.shift))
    terms = loss_of.terms(normalize(estimate.camera), estimator.renderer)
    rows.append(HistoryRow(RESULT, 0, estimate.camera, estimate.loss, sum(terms.values()), terms, None, None))
    return rows
