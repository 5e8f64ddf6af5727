"""Masks that are only hints: once poses are nearly right, mesh and picture tell where the object's boundary is.

Three explanations of a mask are tried, the simplest first: it is the silhouette of the mesh; it is that silhouette
evenly too large or too small, which shows where its shape is a projection of the mesh once it is moved back; it is
rough, and the picture tells more: the colors of the object itself, which are compared wherever it may be and not only
where the mask has it, and those on both sides of the rendered contour (losses/contour_evidence.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import (
    finest_level,
    look_at_first,
    refine_at_level,
    refine_coarsely,
    suppress,
)
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.images import ESTIMATED
from camera_estimation.losses import Boundary, BoundaryFinder, PoseLook
from camera_estimation.poses import Candidates

# All pixels are those of a view of ``contour_evidence.SIZE``.
# A mask is a silhouette of the mesh if its boundary is no more than this far off the rendered contour, in the mean; one
# whose boundary was moved has lost some of its corners. Measured on photographs of 512 px: at most 0.08 with exact
# masks (0.12 with one), at least 0.15 with those dilated or eroded by 3 px, but for plates and boxes; 0.7 with those of
# networks.
EXACT_MISFIT, MOVED_MISFIT = 0.15, 0.2
# The outlines of boxes and plates are also those of others that are nearer: masks of files that look exact are not if
# colors fit this much better (their squared residuals) at another pose near by. Measured with exact masks 1.0 to 1.1,
# where the annotated pose is visibly off 1.2 and 1.3, with boxes' masks dilated or eroded by 3 px 1.2 to 2.2.
SAME_COLORS = 1.15
# A mask that is off the boundary in the picture, looked at about its own contour, by no more than this is exact, and if
# the details of mesh and picture do not agree it is the mesh that does not fit.
SAME_BOUNDARY = 0.8
EVEN_MISFIT = 0.7  # from which no shift of its boundary makes a mask exact
STEP, STEPS = 0.75, 6  # of the search for that shift
WORTH_MOVING = 0.85  # share of the misfit that a step of it must leave at most
NEARLY_MOVED = 0.3  # misfit from which the shift between two steps can hardly be an exact one
# To either side of the rendered contour the colors of object and background are not learned from this many pixels, in
# each round: as far as a pose that was refined with the mask alone may be off, then less.
GAPS = (2.5, 1.5)
ITERATIONS = 2  # of a round, times those for targets of which areas drop out
# The silhouette of a pose that was found without a mask weighs this beside colors: where it is off, both residuals are
# large, and what they tell would leave it there.
POSE_TRUST = 0.3
# What a rough mask's silhouette weighs beside colors: as little as this until the residuals of both are known.
LEAST_TRUST = 0.03
CONTOUR_SHARE = 0.3  # of the independent observations that colors are, in the silhouette: it errs by whole stretches
LEAST_COLOR = 1e-3  # squared residual of colors that is noise


@torch.no_grad()
def settle_boundary(
    hypotheses: PoseHypotheses, searched: PoseHypotheses, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """The poses refined with the boundary that mesh and picture show.

    They stay as they are where the mask is a matte, the best pose or the picture show it to be exact, or the mesh is
    said not to be the object's.

    Args:
        hypotheses: Refined with the mask as it is.
        searched: What they were refined from: of the poses that a rough mask made look bad some are right.
        mesh: The object.
        config: All settings.
    """
    refinement = config.refinement
    if hypotheses.observation.target.picture is None or not refinement.levels or refinement.mesh_quality == "generated":
        return hypotheses
    hint = _MaskHint(mesh, config, BoundaryFinder(hypotheses.observation.target))
    if hypotheses.observation.image.mask_source == ESTIMATED:  # the silhouette of a pose that is nearly right
        return hint.follow_picture(hypotheses, searched, POSE_TRUST)
    boundary = hint.look(hypotheses, GAPS[-1])
    if boundary.misfit <= EXACT_MISFIT:
        if not hint.colors_show_another_place(hypotheses):
            return hypotheses
    elif boundary.misfit <= EVEN_MISFIT:
        moved = hint.move_mask(hypotheses, boundary)
        if moved is not None:
            return moved
    followed = hint.follow_picture(hypotheses, searched)
    if hint.agrees_with_picture() and not look_at_first(followed, config).details_agree:
        return hypotheses
    return followed


@dataclass(frozen=True)
class _MaskHint:
    """What explains one mask, with one mesh."""

    mesh: PreparedMesh
    config: Configuration
    finder: BoundaryFinder

    def agrees_with_picture(self) -> bool:
        """Whether colors show the boundary where the mask has it, whatever the mesh."""
        return self.finder.look(self.finder.view.rgba[:, 3:], GAPS[-1]).disagreement <= SAME_BOUNDARY

    def look(self, hypotheses: PoseHypotheses, gap: float) -> Boundary:
        """About the contour of the first pose."""
        return self.finder.look(self._silhouette(hypotheses), gap)

    def _silhouette(self, hypotheses: PoseHypotheses) -> Float[Tensor, "1 1 H W"]:
        return self.mesh.renderer.draw(self.finder.view.camera(hypotheses.camera[:1]))[0][:, 3:]

    def colors_show_another_place(self, hypotheses: PoseHypotheses) -> bool:
        """Whether colors would fit much better at another pose near to the first: the outlines of boxes and plates are
        those of smaller ones that are nearer."""
        here = self._doubt_mask(hypotheses[[0]])
        there = self._refine(here, "colors", occluded=False)
        look = look_at_first(there, self.config)
        if not look.details_agree:
            return False
        color = [_squares(each)[0] + LEAST_COLOR for each in (look_at_first(here, self.config), look)]
        return color[0] > SAME_COLORS * color[1]

    def move_mask(self, hypotheses: PoseHypotheses, boundary: Boundary) -> PoseHypotheses | None:
        """The poses refined with the mask evenly moved to where it is a silhouette of the mesh; None where it is none.

        The shift trades off against the distance, so it cannot be told at one pose: each is tried with a pose of its
        own, downhill from none in the direction that colors show.
        """
        tried = {0.0: boundary.misfit}
        start = hypotheses[[0]]
        shift = 0.0
        direction = STEP if boundary.offset > 0 else -STEP
        for _ in range(STEPS):
            further = shift + direction
            tried[further] = self._misfit(self._refine_moved(start, further), further)
            if tried[further] < WORTH_MOVING * tried[shift]:
                shift = further
            elif shift == 0 and -direction not in tried:
                direction = -direction
            else:
                break
        if tried[shift] > NEARLY_MOVED:
            return None
        shift = lowest_point(tried, shift)
        moved = self._refine_moved(hypotheses, shift)
        return moved if self._misfit(moved, shift) <= MOVED_MISFIT else None

    def _misfit(self, hypotheses: PoseHypotheses, shift: float) -> float:
        return self.finder.misfit(self._silhouette(hypotheses), self.finder.shrink_mask(shift))

    def follow_picture(
        self, hypotheses: PoseHypotheses, searched: PoseHypotheses, trust: float | None = None
    ) -> PoseHypotheses:
        """The poses refined with the boundary that colors show near to the contour of the best, and with the colors
        within it, wherever the mask has its own.

        Args:
            hypotheses: As in ``settle_boundary``, as the next.
            searched: Likewise.
            trust: ``TargetView.mask_trust``; None: as the residuals tell it.
        """
        doubting = refine_coarsely(self._doubt_mask(searched), self.mesh, self.config)
        both = Candidates.concatenate([doubting.candidates, hypotheses.candidates])
        hypotheses = hypotheses.rigid(both, self.mesh.renderer)
        told = trust
        for gap in GAPS:
            boundary = self.look(hypotheses, gap)
            target = self.finder.target_with_boundary(boundary, LEAST_TRUST if told is None else told)
            hypotheses = replace(hypotheses, observation=replace(hypotheses.observation, target=target))
            # Whole areas that a rough mask lacks, or has beside the object, are to pull no pose.
            hypotheses = self._refine(hypotheses, f"boundary {gap:g} px", occluded=True)
            told = self._mask_trust(hypotheses) if trust is None else trust
        return hypotheses

    def _mask_trust(self, hypotheses: PoseHypotheses) -> float:
        """What silhouettes weigh beside colors by the residuals of both at the first pose: the likelihood of each, of
        a variance that is not known, is a power of its sum of squares."""
        color, silhouette = _squares(look_at_first(hypotheses, self.config))
        return min(1.0, max(LEAST_TRUST, CONTOUR_SHARE * max(color, LEAST_COLOR) / max(silhouette, 1e-9)))

    def _doubt_mask(self, hypotheses: PoseHypotheses) -> PoseHypotheses:
        """The hypotheses before a target whose mask is as it is, and trusted little beside the colors about it."""
        target = self.finder.target_with_boundary(self.finder.mask_as_it_is(), LEAST_TRUST)
        return replace(hypotheses, observation=replace(hypotheses.observation, target=target))

    def _refine_moved(self, hypotheses: PoseHypotheses, shift: float) -> PoseHypotheses:
        target = self.finder.target_with_mask(self.finder.shrink_mask(shift))
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


def _squares(look: PoseLook) -> tuple[float, float]:
    """Sums of the squared residuals of colors, and of coverage, at the first pose, weighted as where masks are
    believed."""
    squares = (look.residuals.weight * look.residuals.residual.square())[0].sum((1, 2))
    return float(squares[:3].sum()) * look.scorer.view.mask_trust, float(squares[3])
