"""Structural similarity at several scales."""

from __future__ import annotations

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._structural_similarity import SimilarityTerm


@register_term("ms_ssim")
class MultiscaleSSIMTerm(SimilarityTerm):
    """One minus structural similarity at up to five scales, as many as the image has room for."""

    formula = "1 - MS-SSIM"
    scales = 5
