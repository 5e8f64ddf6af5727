"""Masks that are only hints: once poses are nearly right, mesh and picture tell where the object's boundary is.

Three explanations of a mask are tried, the simplest first: it is the silhouette of the mesh; it is that silhouette
evenly too large or too small, which shows where its shape is a projection of the mesh once it is moved back; it is
rough, and colors on both sides of the rendered contour tell more (losses/contour_evidence.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import finest_level, refine_at_level, suppress
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.images import ESTIMATED
from camera_estimation.losses import Boundary, BoundaryFinder

# All pixels are those of a view of ``contour_evidence.SIZE``.
# A mask is a silhouette of the mesh if its boundary is no more than this far off the rendered contour, in the mean; one
# whose boundary was moved has lost some of its corners. Measured on photographs of 512 px: at most 0.08 with exact
# masks (0.12 with one), at least 0.23 with those dilated or eroded by 3 px, 0.7 with those of networks. What colors say
# of its size does not count against it: they were off by up to 1.3 pixels where masks were exact.
EXACT_MISFIT, MOVED_MISFIT = 0.15, 0.2
# A mask that is off the boundary in the picture, looked at about its own contour, by no more than this is exact, and it
# is the mesh that does not fit.
SAME_BOUNDARY = 0.8
EVEN_MISFIT = 0.7  # from which no shift of its boundary makes a mask exact
STEP, STEPS = 0.75, 6  # of the search for that shift
# To either side of the rendered contour the colors of object and background are not learned from this many pixels, in
# each round: as far as a pose that was refined with the mask alone may be off, then less.
GAPS = (2.5, 2.5, 1.5)
ITERATIONS = 2  # of a round, times those for targets of which areas drop out


@torch.no_grad()
def settle_boundary(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """The poses refined with the boundary that mesh and picture show.

    They stay as they are where the mask is a matte, the best pose or the picture show it to be exact, or the mesh is
    said not to be the object's.
    """
    refinement = config.refinement
    if hypotheses.observation.target.picture is None or not refinement.levels or refinement.mesh_quality == "generated":
        return hypotheses
    if hypotheses.observation.image.mask_source == ESTIMATED:  # from a pose, and again from each that is better
        return hypotheses
    hint = _MaskHint(mesh, config, BoundaryFinder(hypotheses.observation.target))
    boundary = hint.look(hypotheses, GAPS[-1])
    if is_exact(boundary) or hint.agrees_with_picture():
        return hypotheses
    if boundary.misfit <= EVEN_MISFIT:
        moved, boundary = hint.move_mask(hypotheses, boundary)
        if is_exact(boundary, MOVED_MISFIT):
            return moved
    return hint.follow_picture(hypotheses)


def is_exact(boundary: Boundary, most: float = EXACT_MISFIT) -> bool:
    """Whether a mask may be taken as the silhouette of the mesh in the pose that it was looked at from: with a misfit
    of ``most`` pixels at most."""
    return boundary.misfit <= most


@dataclass(frozen=True)
class _MaskHint:
    """What explains one mask, with one mesh."""

    mesh: PreparedMesh
    config: Configuration
    finder: BoundaryFinder

    def agrees_with_picture(self) -> bool:
        """Whether colors show the boundary where the mask has it, whatever the mesh."""
        return self.finder.look(self.finder.view.rgba[:, 3:], GAPS[-1]).disagreement <= SAME_BOUNDARY

    def look(self, hypotheses: PoseHypotheses, gap: float, shrunk: float = 0.0) -> Boundary:
        """About the contour of the first pose; ``shrunk``: pixels by which the mask's boundary is moved inwards."""
        camera = self.finder.view.camera(hypotheses.camera[:1])
        mask = self.finder.shrink_mask(shrunk) if shrunk else None
        return self.finder.look(self.mesh.renderer.draw(camera)[0][:, 3:], gap, mask)

    def move_mask(self, hypotheses: PoseHypotheses, boundary: Boundary) -> tuple[PoseHypotheses, Boundary]:
        """The poses refined with the mask evenly moved to where it is most nearly a silhouette of the mesh, and how
        the mask is seen from there.

        The shift trades off against the distance, so it cannot be told at one pose: each is tried with a pose of its
        own, downhill from none in the direction that colors show.
        """
        tried = {0.0: boundary.misfit}
        start = hypotheses[[0]]
        shift = 0.0
        direction = STEP if boundary.offset > 0 else -STEP
        for _ in range(STEPS):
            further = shift + direction
            tried[further] = self.look(self._refine_moved(start, further), GAPS[-1], further).misfit
            if tried[further] < tried[shift]:
                shift = further
            elif shift == 0 and -direction not in tried:
                direction = -direction
            else:
                break
        shift = lowest_point(tried, shift)
        moved = self._refine_moved(hypotheses, shift)
        return moved, self.look(moved, GAPS[-1], shift)

    def follow_picture(self, hypotheses: PoseHypotheses) -> PoseHypotheses:
        """The poses refined with the boundary that colors show near to the contour of the best."""
        for gap in GAPS:
            boundary = self.look(hypotheses, gap)
            target = self.finder.target_with(boundary.coverage, boundary.weight)
            hypotheses = replace(hypotheses, observation=replace(hypotheses.observation, target=target))
            # Whole areas that a rough mask lacks, or has beside the object, are to pull no pose.
            hypotheses = self._refine(hypotheses, f"boundary {gap:g} px", occluded=True)
        return hypotheses

    def _refine_moved(self, hypotheses: PoseHypotheses, shift: float) -> PoseHypotheses:
        target = self.finder.target_with(self.finder.shrink_mask(shift))
        hypotheses = replace(hypotheses, observation=replace(hypotheses.observation, target=target))
        return self._refine(hypotheses, f"mask {-shift:+.2f} px", hypotheses.occluded)

    def _refine(self, hypotheses: PoseHypotheses, name: str, occluded: bool) -> PoseHypotheses:
        level = replace(finest_level(self.config), iterations=ITERATIONS if occluded else 2 * ITERATIONS)
        cameras, score = refine_at_level(replace(hypotheses, occluded=occluded), level, self.mesh, self.config)
        return suppress(hypotheses, name, cameras, score, level.keep, self.mesh, self.config)


def lowest_point(values: dict[float, float], best: float) -> float:
    """Where the parabola through the least value and its neighbors is lowest; ``best`` where one of them lacks."""
    if best - STEP not in values or best + STEP not in values:
        return best
    before, after = values[best - STEP] - values[best], values[best + STEP] - values[best]
    return best + STEP * (before - after) / max(2 * (before + after), 1e-6)
