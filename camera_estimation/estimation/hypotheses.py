"""What goes through the pipeline: poses that may have taken an image."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from camera_estimation.estimation.observation import Observation
from camera_estimation.geometry import Camera
from camera_estimation.poses import Candidates, Trace
from camera_estimation.refinement import DeformedPoses
from camera_estimation.rendering import Renderer


@dataclass(frozen=True)
class PoseHypotheses:
    """Poses, each with the mesh that it explains the image by. Every stage takes and returns them.

    Attributes:
        observation: The image.
        candidates: Cameras of the full image and of the normalized mesh, with scores (higher is better).
        renderers: Of the mesh of each: as it is, or as it was deformed until the poses were aligned with it as it is.
        trace: Times and products of the stages so far.
        occluded: Whether a part of the object counts as hidden.
        deformed: With which deformations the poses were found; None: with the mesh as it is.
    """

    observation: Observation
    candidates: Candidates
    renderers: tuple[Renderer, ...]
    trace: Trace
    occluded: bool = False
    deformed: DeformedPoses | None = None

    @property
    def camera(self) -> Camera:
        """The poses, as cameras of the full image."""
        return self.candidates.camera

    def __len__(self) -> int:
        return len(self.candidates)

    def __getitem__(self, order: list[int]) -> PoseHypotheses:
        """Some of them, or all in another order."""
        return replace(
            self,
            candidates=self.candidates[order],
            renderers=tuple(self.renderers[index] for index in order),
            deformed=None if self.deformed is None else self.deformed[order],
        )

    def rigid(self, candidates: Candidates, renderer: Renderer) -> PoseHypotheses:
        """Other poses of the same image, of the mesh as it is."""
        return replace(self, candidates=candidates, renderers=(renderer,) * len(candidates), deformed=None)

    def keep(self, name: str, camera: Camera, score: Float[Tensor, " B"], kept: list[int]) -> Candidates:
        """Of poses with scores (lower is better) that a stage produced those that go on, all of them recorded."""
        self.trace.record_stage(name, camera, score, kept)
        return Candidates(camera[kept], -score[kept])
