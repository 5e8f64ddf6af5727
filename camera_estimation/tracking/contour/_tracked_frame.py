"""What was found in a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.geometry import Camera
from camera_estimation.tracking.contour._alignment import Agreement
from camera_estimation.tracking.contour._outline import SeenSilhouette


@dataclass(frozen=True)
class TrackedFrame:
    """What was found in a frame.

    Attributes:
        camera: A batch of one, in world units, double precision; of a lost object that at which it was seen last.
        agreement: Of the frame with what was found.
        lost: Whether too little of the object is seen there for it to be right.
        unsure: Whether clearly less is seen than in the frames before.
        covariance: Of the parameters of ``geometry.retract`` (radians, object radii), as the evidence that was used
            says itself.
        silhouette: Where the object is in the frame.
        sighted: Of a lost object, whether its colors are somewhere in the frame in about the form that it had.
    """

    camera: Camera
    agreement: Agreement
    lost: bool
    unsure: bool
    covariance: Float[np.ndarray, "6 6"]
    silhouette: SeenSilhouette
    sighted: bool = False
