"""A pose as a camera file has it: it may leave out what the picture tells, and name what it is of in several ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.dataset import KnownCamera
from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera, make_camera

LENGTH_OFF = 1e-2  # of a quaternion: files may have few digits


@dataclass(frozen=True, eq=False)
class FilePose:
    """A camera of a file, and what the file says it is of; what it does not say is None.

    Args:
        world_to_camera: In double precision: OpenCV axes, in the world of the mesh as its file has it.
        where: The file and the place in it, which begins messages.
        sample: The name of a sample, which goes before all others.
        image: The picture: its path, or only a name, with or without its ending.
        mesh: What it shows: the path, name or stem of a mesh file.
        time: Seconds since the first frame of a video.
        known: Its intrinsics, with the size of the pictures that they are of.
    """

    world_to_camera: Float[Tensor, "4 4"]
    where: str
    sample: str | None = None
    image: Path | None = None
    mesh: str | None = None
    time: float | None = None
    known: KnownCamera | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of its picture in pixels, if the file says them."""
        return None if self.known is None else self.known.size

    def camera(self, width: int, height: int) -> Camera:
        """The camera of a picture of that size: a batch of one in double precision. Intrinsics that the file does not
        say are NaN.

        Raises:
            InputError: The file has intrinsics of pictures of another form; one line.
        """
        intrinsics = (math.nan,) * 4 if self.known is None else self.known.scale_to(width, height).intrinsics
        return make_camera(self.world_to_camera[None], torch.tensor(intrinsics, dtype=torch.float64), width, height)


def pose_of_camera(camera: Camera, name: str, where: str) -> FilePose:
    """A camera under a name, which may be that of a sample or of an image.

    Args:
        camera: A batch of one.
        name: Of the sample or image.
        where: The file and the place in it, which begins messages.
    """
    fx, fy, cx, cy = [*camera.focal[0].tolist(), *camera.principal_point[0].tolist()]
    known = KnownCamera((fx, fy, cx, cy), size=(camera.width, camera.height), where=where)
    return FilePose(camera.world_to_camera[0], where, sample=name, image=Path(name), known=known)


def pose_of_quaternion(center: Sequence[float], quaternion: Sequence[float], where: str) -> Float[Tensor, "4 4"]:
    """World to camera, of where a camera is and how it is turned.

    Args:
        center: Its position.
        quaternion: Of camera to world: x, y, z, w.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: They are not finite, or no rotation; one line.
    """
    if not all(map(math.isfinite, (*center, *quaternion))) or abs(math.hypot(*quaternion) - 1) > LENGTH_OFF:
        raise InputError(f"{where} has a quaternion whose length is not 1, or no finite position; write it again")
    from scipy.spatial.transform import Rotation  # here: it takes a fifth of a second

    rotation = Rotation.from_quat(quaternion).as_matrix().T
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, -rotation @ np.asarray(center)
    return torch.from_numpy(pose)
