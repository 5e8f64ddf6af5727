"""Structural similarity at one scale."""

from __future__ import annotations

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._structural_similarity import SimilarityTerm


@register_term("ssim")
class SSIMTerm(SimilarityTerm):
    """One minus structural similarity at one scale."""

    formula = "1 - SSIM"
    scales = 1
