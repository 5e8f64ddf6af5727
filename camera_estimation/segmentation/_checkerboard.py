"""The two grays that image editors draw where nothing is, which pictures are saved with by mistake."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

SAME_LEVELS = 6.0  # that pixels of one gray, and the channels of a gray, differ by at most
LEAST_SHARE = 0.2  # of the border's pixels, of either gray
LEAST_TOGETHER = 0.85  # of both
LEAST_CHANGES = 6  # from one gray to the other along a side of the picture


def checkerboard_grays(
    rgb: UInt8[np.ndarray, "H W 3"], border: Float[np.ndarray, "N 3"], first: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "2 3"] | None:
    """The grays of a checkerboard behind the object; None if there is none.

    Args:
        rgb: The picture.
        border: The pixels of its border.
        first: The commonest color among them.
    """
    others = border[np.abs(border - first).max(axis=-1) > SAME_LEVELS]
    if len(others) < LEAST_SHARE * len(border):
        return None
    grays = np.stack([first, np.median(others, axis=0)])
    if np.ptp(grays, axis=-1).max() > SAME_LEVELS:
        return None
    shares = (np.abs(border[:, None] - grays).max(axis=-1) <= SAME_LEVELS).mean(axis=0)
    if shares.min() < LEAST_SHARE or shares.sum() < LEAST_TOGETHER:
        return None
    middle = grays.mean()
    changes = [np.count_nonzero(np.diff(side.mean(axis=-1) > middle)) for side in (rgb[0], rgb[:, 0])]
    return grays if min(changes) >= LEAST_CHANGES else None
