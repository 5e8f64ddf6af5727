"""Colors of the object and of what is around it."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import gaussian_filter

BINS = 16  # of each channel
BIN_BLUR = 0.7  # bins: colors of neighboring bins are alike
RARE = 2e-5  # the share of pixels below which a color says nothing
FULL = 0.99  # coverage of pixels that show the object alone
RIM = 2  # pixels to either side of the contour that are of no color in particular: lenses and compression mix them
FEWEST_PIXELS = 50  # that tell how bright the light is
DARK = 0.02  # brightness that is noise
MOST_GAIN = 4.0
RING_SHARE = 0.3  # of the object's longer side: how far around it the background is learned from


class ColorStatistics:
    """Which colors are the object's, learned from frames whose pose is known; old frames are forgotten slowly."""

    def __init__(self) -> None:
        self._object: Float[np.ndarray, " C"] | None = None
        self._around: Float[np.ndarray, " C"] | None = None

    def learn(
        self,
        rgb: UInt8[np.ndarray, "H W 3"],
        of_object: Bool[np.ndarray, "H W"],
        around: Bool[np.ndarray, "H W"],
        gain: Float[np.ndarray, "3"],
        rate: float,
    ) -> None:
        """Take in a frame, of which ``rate`` is the weight; all of it in the first. ``gain`` is by how much the light
        of this frame multiplies the object's colors."""
        self._object = _blend(self._object, bin_numbers(_even_out(rgb, gain))[of_object], rate)
        self._around = _blend(self._around, bin_numbers(rgb)[around], rate)

    def probability(self, rgb: UInt8[np.ndarray, "H W 3"], gain: Float[np.ndarray, "3"]) -> Float[np.ndarray, "H W"]:
        """Of each pixel to be the object's by its color alone; a half where nothing was learned."""
        if self._object is None or self._around is None:
            return np.full(rgb.shape[:2], 0.5, np.float32)
        own = (_smooth(self._object) + RARE).astype(np.float32)[bin_numbers(_even_out(rgb, gain))]
        other = (_smooth(self._around) + RARE).astype(np.float32)[bin_numbers(rgb)]
        return own / (own + other)


def light_gain(
    rgb: UInt8[np.ndarray, "H W 3"], color: Float[np.ndarray, "H W 3"], of_object: Bool[np.ndarray, "H W"]
) -> Float[np.ndarray, "3"] | None:
    """By how much the light multiplies red, green and blue of a render; None where there is too little to tell."""
    observed, drawn = rgb[of_object].astype(np.float32) / 255, color[of_object]
    if len(observed) < FEWEST_PIXELS:
        return None
    # Of the medians: pixels need not match, as the pose is only foretold.
    return np.clip((np.median(observed, 0) + DARK) / (np.median(drawn, 0) + DARK), 1 / MOST_GAIN, MOST_GAIN)


def interior_of(coverage: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The pixels of a silhouette but for its rim."""
    return cv2.distanceTransform((coverage > FULL).astype(np.uint8), cv2.DIST_L2, 3) > RIM


def ring_around(coverage: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The pixels near a silhouette but not of it."""
    covered = (coverage > 0).astype(np.uint8)
    rows, columns = np.nonzero(covered)
    side = max(np.ptp(rows), np.ptp(columns)) + 1 if len(rows) else 1
    distance = cv2.distanceTransform(1 - covered, cv2.DIST_L2, 3)
    return (distance > RIM) & (distance < RIM + RING_SHARE * side)


def _even_out(rgb: UInt8[np.ndarray, "H W 3"], gain: Float[np.ndarray, "3"]) -> UInt8[np.ndarray, "H W 3"]:
    """The picture in the light of the render."""
    levels = np.arange(256, dtype=np.float64)
    table = np.stack([np.clip(np.rint(levels / factor), 0, 255) for factor in gain], axis=-1).astype(np.uint8)
    return cv2.LUT(rgb, table[None])


def bin_numbers(rgb: UInt8[np.ndarray, "H W 3"]) -> np.ndarray:
    """The bin that each pixel's color is in."""
    red, green, blue = (rgb[..., channel].astype(np.int32) // (256 // BINS) for channel in range(3))
    return (red * BINS + green) * BINS + blue


def _blend(old: Float[np.ndarray, " C"] | None, bins: np.ndarray, rate: float) -> Float[np.ndarray, " C"] | None:
    if not len(bins):
        return old
    new = np.bincount(bins, minlength=BINS**3) / len(bins)
    return new if old is None else (1 - rate) * old + rate * new


def _smooth(histogram: Float[np.ndarray, " C"]) -> Float[np.ndarray, " C"]:
    return gaussian_filter(histogram.reshape(BINS, BINS, BINS), BIN_BLUR, mode="nearest", truncate=2).reshape(-1)
