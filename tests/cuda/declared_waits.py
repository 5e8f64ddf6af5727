"""Where the program may wait for its device, and how often. All else is a mistake, which costs a GPU more than it shows
on a CPU: see ``undeclared``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.support.waits import WaitLog

MINIMIZE = "refinement/levenberg_marquardt.py:minimize"
DESCEND = "refinement/gradient_descent.py:descend"

# Of each iteration of a loop.
OF_ITERATION = {
    MINIMIZE: {
        MINIMIZE: 1,  # which poses are done
        "geometry/rotation.py:special_procrustes": 1,  # torch's singular values: whether they converged
    },
    DESCEND: {
        # Which problems are active; which steps are accepted, which searches are over, which go on; what curves.
        "refinement/_bfgs.py:_mask_indices": 5,
        "estimation/selection.py:on_iteration": 1,  # what the user is told
    },
}
# Of each call of a loop: what is found once at its start or its end.
OF_CALL = {
    MINIMIZE: {"losses/_gaussian.py:share_inside": 1, "geometry/rotation.py:special_procrustes": 1},
    DESCEND: {
        "geometry/rotation.py:special_procrustes": 1,
        "refinement/_bfgs.py:_mask_indices": 1,
        "estimation/selection.py:on_iteration": 1,
    },
}
# Of each evaluation of one pose with a mesh of its own: which pixels see something.
OF_BENT_MESH = "refinement/deformation.py:linearize_with_deformation"

# Outside of loops.
PLACES = {
    # What comes to the device, and what goes back to users.
    *("images/_window_pixels.py:_cut_pixels", "images/frame.py:shrink", "images/window_stack.py:cut_windows"),
    *("mesh/textured_mesh.py:<dictcomp>", "mesh/textured_mesh.py:to", "rendering/_surface.py:build_texture_buffer"),
    *("geometry/camera.py:to", "estimation/report.py:build_estimate", "estimation/report.py:<listcomp>"),
    *("estimation/unmasked/_masks.py:visible_mask", "estimation/_silhouette.py:half_covered"),
    # Constants and indices, once for each look at the target.
    *("geometry/camera.py:__getitem__", "poses/candidates.py:__getitem__", "refinement/deformation.py:__getitem__"),
    *("search/canonical.py:canonical_images", "search/canonical.py:silhouette_frame", "search/frame_search.py:aims_of"),
    *("images/window_stack.py:boxes", "images/window_stack.py:<genexpr>", "search/view_drawing.py:_cameras_about"),
    *("losses/_palette.py:_cluster", "images/window_stack.py:__getitem__"),
    # Decisions between stages and levels.
    *(
        "estimation/hypotheses.py:keep",
        "poses/candidates.py:non_maximum_suppression",
        "estimation/adaptation.py:deform",
    ),
    "refinement/gauss_newton.py:find_apart",  # which candidates are drawn again
    *("estimation/adaptation.py:_shows_occluder", "estimation/_silhouette_fit.py:fit_silhouette"),
    *("estimation/pipeline.py:first_overlap", "estimation/selection.py:select_pose"),
    *("estimation/mask_hint.py:_squares", "estimation/mask_hint.py:settle_boundary"),
    *("losses/contour_evidence.py:look", "losses/contour_evidence.py:mean_where", "losses/_gaussian.py:share_inside"),
    "losses/_contour_profile.py:signed_distance",  # by SciPy
    "losses/view_objective.py:__post_init__",
    *("rendering/_surface.py:is_tinted", "rendering/color_contrast.py:is_of_one_color"),
    *("search/methods/viewpoints.py:_plain_where_nothing_counts", "search/viewpoint_search.py:__call__"),
    *("search/_partial_search.py:frame_hypotheses", "search/_partial_search.py:hypothetical_frames"),
    *("search/_frame_templates.py:match_templates", "search/frame_search.py:box_sizes"),
    *("estimation/unmasked/_agreement.py:_box_overlap", "images/window_stack.py:silhouette_boxes"),
    *("estimation/unmasked/_agreement.py:agreement", "estimation/unmasked/_agreement.py:final_agreement"),
    *("estimation/unmasked/_assessment.py:assess_agreement", "estimation/unmasked/pipeline.py:_estimate_at"),
    "estimation/unmasked/pipeline.py:estimate",
    # How sure the answer is.
    *("estimation/_uncertainty.py:pose_covariance", "estimation/_uncertainty.py:residual_jacobian"),
    *("estimation/_uncertainty.py:sandwich_covariance", "estimation/_uncertainty.py:uncertainty"),
    *("estimation/diagnosis.py:<genexpr>", "estimation/diagnosis.py:_agreement_of_candidates"),
    *("estimation/diagnosis.py:_object_size", "estimation/diagnosis.py:diagnose"),
    *("refinement/deformation.py:marginal", "refinement/smooth_deformations.py:__init__"),
    "refinement/smooth_deformations.py:magnitude",
    "refinement/smooth_deformations.py:<genexpr>",  # what a sample's files keep of the deformation
    "geometry/rotation.py:special_procrustes",
}
PREPARATION = {"": 20, "prepare": 8, "search": 40}
# Of each case (tests/support/small_estimates.py) and stage, outside of loops.
OF_STAGE = {
    "exact": {**PREPARATION, "refine": 22, "explain": 8, "decide": 70},
    "lit": {**PREPARATION, "refine": 22, "explain": 8, "decide": 75},
    "white": {**PREPARATION, "refine": 22, "explain": 8, "decide": 75},
    "hidden": {**PREPARATION, "refine": 110, "explain": 30, "decide": 90},
    "bent": {**PREPARATION, "refine": 22, "explain": 45, "decide": 80},
    "gradients": {**PREPARATION, "refine": 22, "explain": 8, "decide": 70},
    "unmasked": {"": 20, "prepare": 24, "search": 20, "segment": 950, "refine": 240, "explain": 20, "decide": 450},
}


def undeclared(log: WaitLog, case: str, iterations: Counter[str], calls: Counter[str], looks: int) -> list[str]:
    """A line for each wait that is not declared, or budget that is exceeded.

    Args:
        log: Of one estimate.
        case: Which one it was.
        iterations: Of each loop.
        calls: Of each loop.
        looks: At meshes that are bent, in loops.
    """
    lines = []
    for loop, of_iteration in OF_ITERATION.items():
        most = Counter({function: number * iterations[loop] for function, number in of_iteration.items()})
        most.update({function: number * calls[loop] for function, number in OF_CALL[loop].items()})
        most[OF_BENT_MESH] = looks
        exceeded = {function for function, count in log.in_loop(loop).items() if count > most[function]}
        lines += _describe(log, loop, exceeded)
    lines += _describe(log, "", {wait.function for wait in log.counts if not wait.loop} - PLACES)
    for stage, count in log.outside().items():
        declared = OF_STAGE[case].get(stage, 0)
        if count > declared:
            lines.append(f"stage '{stage}' of '{case}' waits {count} times, {declared} are declared")
    return lines


def _describe(log: WaitLog, loop: str, functions: Iterable[str]) -> list[str]:
    waits = sorted(wait for wait in log.counts if wait.loop == loop and wait.function in functions)
    return [f"{wait}, {log.counts[wait]} times" for wait in waits]
