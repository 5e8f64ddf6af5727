"""What many images see of a mesh's points, in a bit for each point of each image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from camera_estimation.export._point_visibility import observe_points, project_into_picture
from camera_estimation.export._surface_points import SurfacePoints
from camera_estimation.export.exporter import PosedImage
from camera_estimation.mesh import TexturedMesh

# Images that see a point for it to have a track: COLMAP's bundle adjustment aborts where a track has a single one.
LEAST_TRACK = 2
QUESTIONS_AT_ONCE = 2**20  # of a point in an image: bounds the memory however many images there are
POINTS_AT_ONCE = 64  # whose tracks are gathered in one look at all images; whole bytes of bits


class PointObservations:
    """Which images see which points; where in the picture is projected anew when it is asked for.

    A place in every image of every point is what very many images have no memory for: of 4000 points 64 kB an image,
    where their bits are 500 bytes.

    Args:
        images: Of the mesh.
        mesh: On the CPU.
        points: Of the mesh, N of them.

    Attributes:
        kept: Of each point, whether any image sees it: these are numbered from 1.
        tracked: Whether so many do that it has a track.
    """

    kept: Bool[np.ndarray, " N"]
    tracked: Bool[np.ndarray, " N"]

    def __init__(self, images: Sequence[PosedImage], mesh: TexturedMesh, points: SurfacePoints) -> None:
        self._images, self._mesh, self._points = images, mesh, points
        count = len(points.places)
        self._bits = np.zeros((len(images), -(-count // 8)), dtype=np.uint8)
        seen_by = np.zeros(count, dtype=np.int64)
        each = max(1, QUESTIONS_AT_ONCE // count)
        for start in range(0, len(images), each):
            seen = torch.stack([one.seen for one in observe_points(images[start : start + each], mesh, points)]).numpy()
            self._bits[start : start + each] = np.packbits(seen, axis=1)
            seen_by += seen.sum(0)
        self.kept, self.tracked = seen_by > 0, seen_by >= LEAST_TRACK
        self._numbers = self.kept.cumsum()

    def of_image(self, place: int) -> tuple[Int[np.ndarray, " M"], Float[np.ndarray, "M 2"]]:
        """The numbers of the points with tracks that an image sees, rising, and where they are in its picture.

        Args:
            place: Of the image among all, from 0.
        """
        image, held = self._images[place], self._find_held(place)
        pixels = project_into_picture(image, self._mesh, self._points.places)
        return self._numbers[held], pixels.numpy()[held]

    def count_of_image(self, place: int) -> int:
        """How many points ``of_image`` has."""
        return int(self._find_held(place).sum())

    def tracks(self) -> Iterator[Int[np.ndarray, "T 2"]]:
        """Of each point that is kept the numbers of its images, from 1, and the observation's place in each, from 0;
        none of a point that a single image sees."""
        before = np.zeros(len(self._bits), dtype=np.int32)  # observations of each image, of the points so far
        for start in range(0, len(self.kept), POINTS_AT_ONCE):
            block = slice(start, start + POINTS_AT_ONCE)
            bits = np.unpackbits(self._bits[:, start // 8 : (start + POINTS_AT_ONCE) // 8], axis=1)
            held = bits[:, : len(self.kept[block])].astype(bool) & self.tracked[block]
            reached = before[:, None] + held.cumsum(axis=1, dtype=np.int32)
            for point in np.flatnonzero(self.kept[block]):
                (seeing,) = held[:, point].nonzero()
                yield np.stack([seeing + 1, reached[seeing, point] - 1], axis=1)
            before = reached[:, -1]

    def _find_held(self, place: int) -> Bool[np.ndarray, " N"]:
        return np.unpackbits(self._bits[place], count=len(self.kept)).astype(bool) & self.tracked
