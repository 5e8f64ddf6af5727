"""Where a camera is at each of its moments, and how it is turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from camera_estimation.export._film_back import world_from_view
from camera_estimation.export._tracks import CameraTrack


@dataclass(frozen=True)
class CameraMotion:
    """Of a camera that looks along -z with y up, in the mesh's world coordinates.

    Attributes:
        location: Of the pinhole.
        quaternion: x, y, z, w of the turn from the camera's axes to the world's, without jumps of the sign.
    """

    location: Float[np.ndarray, "N 3"]
    quaternion: Float[np.ndarray, "N 4"]


def camera_motion(track: CameraTrack) -> CameraMotion:
    """Of the camera of a track, a row for each of its images."""
    poses = np.stack([world_from_view(image.camera).numpy() for image in track.images])
    quaternion = Rotation.from_matrix(poses[:, :3, :3]).as_quat()
    for place in range(1, len(quaternion)):
        if quaternion[place] @ quaternion[place - 1] < 0:
            quaternion[place] = -quaternion[place]
    return CameraMotion(poses[:, :3, 3], quaternion)
