"""A sparse model of COLMAP: cameras, images with observations, points with tracks.

Its axes and pixels are the project's own: world to camera with x right, y down, z forward, and the first pixel's centre
at (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.export._point_observations import PointObservations
from camera_estimation.export._surface_points import spread_points
from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry import FISHEYE
from camera_estimation.mesh import TexturedMesh

# Numbers that its binary files have for models, and the coefficients after fx, fy, cx, cy.
MODEL_NUMBERS = {"PINHOLE": 1, "OPENCV": 4, "OPENCV_FISHEYE": 5, "FULL_OPENCV": 6}
COEFFICIENTS = {
    "PINHOLE": (),
    "OPENCV": ("k1", "k2", "p1", "p2"),
    "OPENCV_FISHEYE": ("k1", "k2", "k3", "k4"),
    "FULL_OPENCV": ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
}
PRISM = ("s1", "s2", "s3", "s4")


@dataclass(frozen=True)
class ColmapCamera:
    """Intrinsics, which images share whose values are the same: fx, fy, cx, cy and the coefficients of ``model``."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class ColmapImage:
    """A picture and its pose.

    Attributes:
        name: Of the picture, relative to the folder of images.
        quaternion: World to camera, w first.
        translation: World to camera.
        camera: Number of its camera, from 1.
    """

    name: str
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]
    camera: int


@dataclass(frozen=True)
class ColmapModel:
    """A model; cameras, images and points are numbered from 1 in their order.

    Attributes:
        cameras: All that differ.
        images: With their poses.
        places: Of the points, in world coordinates.
        colors: Likewise, sRGB.
        observations: Of these points in these images.
    """

    cameras: Sequence[ColmapCamera]
    images: Sequence[ColmapImage]
    places: Float[np.ndarray, "P 3"]
    colors: UInt8[np.ndarray, "P 3"]
    observations: PointObservations


def make_model(images: Sequence[PosedImage], names: Sequence[str], mesh: TexturedMesh, count: int) -> ColmapModel:
    """The model of images of one mesh.

    Args:
        images: With cameras that ``colmap_camera`` accepts.
        names: Of their pictures.
        mesh: On the CPU.
        count: How many points are spread over the mesh; those that no image sees are not in the model, and those that
            a single one sees have no track.
    """
    points = spread_points(mesh, count)
    observations = PointObservations(images, mesh, points)
    cameras = [colmap_camera(image) for image in images]
    distinct = {camera: number for number, camera in enumerate(dict.fromkeys(cameras), start=1)}
    posed = [
        ColmapImage(
            name,
            _quaternion(image.camera.rotation[0]),
            tuple(image.camera.translation[0].double().tolist()),
            distinct[camera],
        )
        for image, name, camera in zip(images, names, cameras, strict=True)
    ]
    places = (mesh.center.double() + mesh.radius * points.places).numpy()[observations.kept]
    return ColmapModel(list(distinct), posed, places, points.colors.numpy()[observations.kept], observations)


def colmap_camera(image: PosedImage) -> ColmapCamera:
    """The intrinsics of an image by the simplest of COLMAP's models that holds them.

    Raises:
        InputError: None does; one line.
    """
    camera = image.camera
    pinhole = (*camera.focal[0].double().tolist(), *camera.principal_point[0].double().tolist())
    coefficients = {} if image.lens is None else image.lens.distortion.named_coefficients
    prism = [name for name in PRISM if coefficients.get(name)]
    if prism:
        raise InputError(
            f"{image.name}: its lens has the thin prism {prism[0]} = {coefficients[prism[0]]:g}, for which COLMAP has "
            "no model (its THIN_PRISM_FISHEYE is a fisheye's); undistort the picture and estimate it again"
        )
    if not coefficients:
        model = "PINHOLE"
    elif image.lens is not None and image.lens.distortion.model == FISHEYE:
        model = "OPENCV_FISHEYE"
    else:
        model = "OPENCV" if set(coefficients) <= set(COEFFICIENTS["OPENCV"]) else "FULL_OPENCV"
    values = (*pinhole, *(coefficients.get(name, 0.0) for name in COEFFICIENTS[model]))
    return ColmapCamera(model, camera.width, camera.height, values)


def _quaternion(rotation: Float[Tensor, "3 3"]) -> tuple[float, ...]:
    """Of the rotation, w first."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(rotation.double().cpu().numpy()).as_quat(canonical=True).tolist()
    return w, x, y, z
