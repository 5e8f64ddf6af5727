"""The packaged objectives that are compositions of terms, in the order of their table."""

from __future__ import annotations

from camera_estimation.losses.composition import ComposedObjective
from camera_estimation.losses.registry import register_loss
from camera_estimation.losses.term_spec import TermSpec

BOUNDARY = TermSpec("boundary", 0.1)  # for terms that do not see the silhouette of what is dark


@register_loss("dreamsim")
class DreamSimObjective(ComposedObjective):
    composition = (TermSpec("dreamsim"), BOUNDARY)
    good_for = "meaning and layout, where the mesh resembles the image only roughly"


@register_loss("lpips")
class LPIPSObjective(ComposedObjective):
    composition = (TermSpec("lpips"), BOUNDARY)
    good_for = "fine texture, where the mesh matches the image closely"


@register_loss("hybrid")
class HybridObjective(ComposedObjective):
    composition = (TermSpec("dreamsim", 0.4), TermSpec("lpips", 0.3), TermSpec("l1", 0.2), BOUNDARY)
    good_for = "meaning, texture and colour together; the slowest"


@register_loss("l1l2")
class L1L2Objective(ComposedObjective):
    composition = (TermSpec("l1", 0.5), TermSpec("l2", 0.5), BOUNDARY)
    good_for = "fast, where render and image have the same colours"


@register_loss("ssim")
class SSIMObjective(ComposedObjective):
    composition = (TermSpec("ssim"), BOUNDARY)
    good_for = "structure under changed brightness"


@register_loss("ms_ssim")
class MultiscaleSSIMObjective(ComposedObjective):
    composition = (TermSpec("ms_ssim"), BOUNDARY)
    good_for = "the same from coarse to fine, from farther away"


@register_loss("gradient")
class GradientObjective(ComposedObjective):
    composition = (TermSpec("gradient"), BOUNDARY)
    good_for = "edges and print, where colours are off by a constant"


@register_loss("census")
class CensusObjective(ComposedObjective):
    composition = (TermSpec("census"), BOUNDARY)
    good_for = "texture under any light, from which neighbour is brighter"


@register_loss("ncc")
class CorrelationObjective(ComposedObjective):
    composition = (TermSpec("ncc"), BOUNDARY)
    good_for = "texture under any light, from local correlation"


@register_loss("silhouette_distance")
class SilhouetteDistanceObjective(ComposedObjective):
    composition = (TermSpec("silhouette_distance"),)
    good_for = "silhouettes from far away; blind to colour"


@register_loss("semantic_cosine")
class SemanticCosineObjective(ComposedObjective):
    composition = (TermSpec("semantic_cosine"), BOUNDARY)
    good_for = "regions that matter more than others: give their masks, from camera-masks"


@register_loss("mask_only")
class MaskObjective(ComposedObjective):
    composition = (TermSpec("boundary"),)
    good_for = "silhouettes; blind to colour, so also to front and back"
