"""How sure an answer of an image without a mask is: by the picture alone, since its mask is its own."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from camera_estimation.estimation.diagnosis import AGREEING, PictureAgreement
from camera_estimation.geometry import Camera, rotmat_geodesic_distance
from camera_estimation.segmentation import grabcut_from_silhouette


def assess_agreement(
    tried: Camera,
    agreement: Float[Tensor, " B"],
    silhouette: Bool[np.ndarray, "H W"],
    picture: UInt8[np.ndarray, "H W 3"],
) -> PictureAgreement:
    """How the first of the poses agrees with the picture.

    Args:
        tried: All poses that were compared, the answer first.
        agreement: Of each with the picture.
        silhouette: Of the answer.
        picture: Its colors.
    """
    rotation = tried.rotation
    far = rotmat_geodesic_distance(rotation, rotation[:1].expand_as(rotation)) > AGREEING
    answer = float(agreement[0])
    margin = answer - float(agreement[far].max()) if far.any() else math.inf
    cut = grabcut_from_silhouette(picture, silhouette)
    union = int((cut | silhouette).sum())
    return PictureAgreement(answer, margin, int((cut & silhouette).sum()) / max(union, 1))
