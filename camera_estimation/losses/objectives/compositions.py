"""The packaged objectives that are compositions of terms, in the order of their table."""

from __future__ import annotations

from camera_estimation.losses._term_spec import TermSpec
from camera_estimation.losses.composition import ComposedObjective
from camera_estimation.losses.registry import register_loss

BOUNDARY = TermSpec("boundary", 0.1)  # for terms that do not see the silhouette of what is dark


@register_loss("dreamsim")
class DreamSimObjective(ComposedObjective):
    composition = (TermSpec("dreamsim"), BOUNDARY)
    description = "meaning and layout, where the mesh resembles the image only roughly"


@register_loss("lpips")
class LPIPSObjective(ComposedObjective):
    composition = (TermSpec("lpips"), BOUNDARY)
    description = "fine texture, where the mesh matches the image closely"


@register_loss("featuremetric")
class FeaturemetricObjective(ComposedObjective):
    composition = (TermSpec("featuremetric"), BOUNDARY)
    description = "parts of the object, where the mesh has the wrong colours"


@register_loss("hybrid")
class HybridObjective(ComposedObjective):
    composition = (TermSpec("dreamsim", 0.4), TermSpec("lpips", 0.3), TermSpec("l1", 0.2), BOUNDARY)
    description = "meaning, texture and colour together; the slowest"


@register_loss("l1l2")
class L1L2Objective(ComposedObjective):
    composition = (TermSpec("l1", 0.5), TermSpec("l2", 0.5), BOUNDARY)
    description = "fast, where render and image have the same colours"


@register_loss("ssim")
class SSIMObjective(ComposedObjective):
    composition = (TermSpec("ssim"), BOUNDARY)
    description = "structure under changed brightness"


@register_loss("ms_ssim")
class MultiscaleSSIMObjective(ComposedObjective):
    composition = (TermSpec("ms_ssim"), BOUNDARY)
    description = "the same from coarse to fine, from farther away"


@register_loss("gradient")
class GradientObjective(ComposedObjective):
    composition = (TermSpec("gradient"), BOUNDARY)
    description = "edges and print, where colours are off by a constant"


@register_loss("census")
class CensusObjective(ComposedObjective):
    composition = (TermSpec("census"), BOUNDARY)
    description = "texture under any light, from which neighbour is brighter"


@register_loss("ncc")
class CorrelationObjective(ComposedObjective):
    composition = (TermSpec("ncc"), BOUNDARY)
    description = "texture under any light, from local correlation"


@register_loss("silhouette_distance")
class SilhouetteDistanceObjective(ComposedObjective):
    composition = (TermSpec("silhouette_distance"),)
    description = "silhouettes from far away; blind to colour"


@register_loss("semantic_cosine")
class SemanticCosineObjective(ComposedObjective):
    composition = (TermSpec("semantic_cosine"), BOUNDARY)
    description = "regions that matter more than others: give their masks, from camera-masks"


@register_loss("mask_only")
class MaskObjective(ComposedObjective):
    composition = (TermSpec("boundary"),)
    description = "silhouettes; blind to colour, so also to front and back"
