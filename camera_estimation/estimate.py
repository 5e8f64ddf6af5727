"""What an estimate gives back."""

from __future__ import annotations

from dataclasses import dataclass

from camera_estimation.camera import Camera, Orbit, orbit_of
from camera_estimation.configuration import Configuration
from camera_estimation.mesh import TexturedMesh


@dataclass(frozen=True)
class AlternativePose:
    """Another pose that a search found: a world camera of the full image, and what the objective says of it."""

    camera: Camera
    loss: float
    silhouette_iou: float


@dataclass(frozen=True)
class CameraEstimate:
    """The camera of one image.

    ``camera`` is a batch of one, in world units and for the full original image (double precision).
    ``crop_camera`` is the same pose for the window around the object that the estimate worked on, ``crop`` (left, top,
    width, height in pixels of the original image). ``loss`` is the objective named in ``config.loss`` at that pose.
    ``seconds`` maps each stage to its wall time.
    """

    camera: Camera
    crop_camera: Camera
    crop: tuple[float, float, float, float]
    loss: float
    silhouette_iou: float
    alternatives: tuple[AlternativePose, ...]
    seconds: dict[str, float]
    config: Configuration

    def orbit(self, mesh: TexturedMesh) -> Orbit:
        """Orbit parameters about the mesh's centre (see camera.py)."""
        return orbit_of(self.camera, mesh.centre)
