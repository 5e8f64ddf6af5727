"""Faces in a picture, by two small networks of MediaPipe that OpenCV runs: one finds them, one lays a mesh on each.

Bazarevsky et al., "BlazeFace: sub-millisecond neural face detection on mobile GPUs", 2019; Kartynnik et al., "Real-time
facial surface geometry from monocular video on mobile GPUs", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.segmentation.picture import Mask, Rgb

DETECTOR_SIDE, MESH_SIDE = 128, 192  # pixels of the networks' square inputs
CELLS = ((16, 2), (8, 6))  # a side of the detector's grids, and places of faces in each cell
BOXES, SCORES, POINTS, PRESENCE = "regressors", "classificators", "conv2d_21", "conv2d_31"  # of the files' outputs
LEAST_LOGIT = 0.0  # of the detector: a face rather than none
LEAST_PRESENCE = 3.0  # likewise, of the mesh: those of photographs have 10 to 25, those of drawings 4 and more
SAME = 0.3  # boxes whose intersection is more of their union are of one face
SEEN = 1.5  # sides of the box about a face that the second network sees
LONGEST_SIDE = 1024  # pixels at which faces are sought
SHARES = (1.0, 0.5, 0.25)  # of the longer side: squares in which they are sought, for the network sees 128 pixels
LEAST_PEOPLE = 0.02  # of a square, without which it is not looked at
SUBPIXEL = 4  # bits after the point of the corners of what OpenCV fills


class _Found(NamedTuple):
    """A face: logit, middle, size, and the eye that is left in the picture and the one that is right."""

    logit: float
    middle: Float[np.ndarray, "2"]
    size: float
    eyes: Float[np.ndarray, "2 2"]


class FaceFinder:
    """Outlines of faces.

    Args:
        detector: A file of MediaPipe's face_detection_short_range.tflite.
        mesh: Of its face_landmark.tflite.

    Raises:
        cv2.error: A file is damaged, or none of these.
    """

    def __init__(self, detector: Path, mesh: Path) -> None:
        self._detector, self._mesh = cv2.dnn.readNetFromTFLite(str(detector)), cv2.dnn.readNetFromTFLite(str(mesh))
        self._anchors = face_anchors()

    def find(self, rgb: Rgb, people: Mask) -> list[Mask]:
        """Coverage of each face from forehead to chin, from left to right.

        Args:
            rgb: The picture.
            people: Where people are in it; faces are sought there.
        """
        height, width = rgb.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = max(1, round(scale * width)), max(1, round(scale * height))
        small, where = (cv2.resize(values, size, interpolation=cv2.INTER_AREA) for values in (rgb, people))
        found = [face for window in _windows(where) for face in self._detect(small, *window)]
        outlines = [self._outline(small, face) for face in _keep_surest(found)]
        shown = sorted(
            (outline for outline in outlines if outline is not None), key=lambda outline: outline[:, 0].mean()
        )
        return [_fill_outline(outline * (width / size[0], height / size[1]), height, width) for outline in shown]

    def _detect(self, rgb: Rgb, left: int, top: int, side: int) -> list[_Found]:
        """The faces in a square of the picture."""
        window = _take_square(rgb, left, top, side)
        seen = cv2.resize(window, (DETECTOR_SIDE, DETECTOR_SIDE), interpolation=cv2.INTER_AREA) / np.float32(127.5) - 1
        self._detector.setInput(_as_batch(seen))
        logits = self._detector.forward(SCORES).reshape(-1)
        values = self._detector.forward(BOXES).reshape(len(self._anchors), -1) / DETECTOR_SIDE
        faces = []
        for index in np.flatnonzero(logits > LEAST_LOGIT):
            places = self._anchors[index] + values[index, [[0, 1], [4, 5], [6, 7]]]
            places = places * side + (left, top)
            faces.append(_Found(float(logits[index]), places[0], float(values[index, 2:4].max()) * side, places[1:]))
        return faces

    def _outline(self, rgb: Rgb, face: _Found) -> Float[np.ndarray, "P 2"] | None:
        """The convex outline of the mesh on a face, in pixels; None where the network sees none."""
        across, down = face.eyes[1] - face.eyes[0]
        angle = math.atan2(down, across)
        scale = MESH_SIDE / (SEEN * face.size)
        cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
        upright = np.array([[cosine, sine], [-sine, cosine]])
        turn = np.concatenate([upright, (MESH_SIDE / 2 - upright @ face.middle)[:, None]], axis=1)
        seen = cv2.warpAffine(rgb, turn, (MESH_SIDE, MESH_SIDE), flags=cv2.INTER_LINEAR) / np.float32(255)
        self._mesh.setInput(_as_batch(seen))
        if float(self._mesh.forward(PRESENCE).reshape(-1)[0]) < LEAST_PRESENCE:
            return None
        points = self._mesh.forward(POINTS).reshape(-1, 3)[:, :2]
        back: Any = cv2.invertAffineTransform(turn)
        return cv2.convexHull((points @ back[:, :2].T + back[:, 2]).astype(np.float32))[:, 0]


def face_anchors() -> Float[np.ndarray, "A 2"]:
    """The places that the detector's answers are relative to, in shares of its square."""
    rows = []
    for cells, each in CELLS:
        middle = (np.arange(cells) + 0.5) / cells
        across, down = np.meshgrid(middle, middle)
        rows.append(np.repeat(np.stack([across, down], axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(rows)


def _windows(people: Mask) -> Iterator[tuple[int, int, int]]:
    """Left, top and side of squares that overlap by half, where there are people."""
    height, width = people.shape
    for share in SHARES:
        side = max(round(share * max(height, width)), 1)
        for top in _starts(height, side):
            for left in _starts(width, side):
                inside = people[max(top, 0) : top + side, max(left, 0) : left + side]
                if inside.sum() >= LEAST_PEOPLE * side**2:
                    yield left, top, side


def _starts(length: int, side: int) -> list[int]:
    if side >= length:
        return [(length - side) // 2]
    count = math.ceil(2 * (length - side) / side) + 1
    return [round(start) for start in np.linspace(0, length - side, count)]


def _take_square(rgb: Rgb, left: int, top: int, side: int) -> UInt8[np.ndarray, "S S 3"]:
    """A square of a picture, black beyond it."""
    height, width = rgb.shape[:2]
    square = np.zeros((side, side, 3), dtype=np.uint8)
    rows, columns = slice(max(top, 0), min(top + side, height)), slice(max(left, 0), min(left + side, width))
    square[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = rgb[rows, columns]
    return square


def _keep_surest(faces: list[_Found]) -> list[_Found]:
    """The surest of those that are one."""
    kept: list[_Found] = []
    for face in sorted(faces, key=lambda face: -face.logit):
        if all(_share_of_union(face, other) < SAME for other in kept):
            kept.append(face)
    return kept


def _share_of_union(first: _Found, second: _Found) -> float:
    """Intersection over union of their squares."""
    reach = (first.size + second.size) / 2 - np.abs(first.middle - second.middle)
    shared = float(np.prod(np.clip(reach, 0, min(first.size, second.size))))
    return shared / (first.size**2 + second.size**2 - shared)


def _as_batch(picture: Float[np.ndarray, "S S 3"]) -> Float[np.ndarray, "1 3 S S"]:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32)


def _fill_outline(outline: Float[np.ndarray, "P 2"], height: int, width: int) -> Mask:
    mask = np.zeros((height, width), dtype=np.uint8)
    corners = np.round((outline - 0.5) * 2**SUBPIXEL).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
    return mask.astype(np.float32) / 255
