"""A sparse model of COLMAP in memory: cameras, images with observations, points with tracks.

Its axes and pixels are the project's own: world to camera with x right, y down, z forward, and the first pixel's centre
at (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.export._point_visibility import observe_points
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
# Images that see a point for it to have a track: COLMAP's bundle adjustment aborts where a track has a single one.
LEAST_TRACK = 2


@dataclass(frozen=True)
class ColmapCamera:
    """Intrinsics, which images share whose values are the same: fx, fy, cx, cy and the coefficients of ``model``."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class ColmapImage:
    """A pose, and which points are where in the picture.

    Attributes:
        name: Of the picture, relative to the folder of images.
        quaternion: World to camera, w first.
        translation: World to camera.
        camera: Number of its camera, from 1.
        points: Numbers of the points that it and other images see, from 1, rising.
        pixels: Where they are.
    """

    name: str
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]
    camera: int
    points: Int[np.ndarray, " M"]
    pixels: Float[np.ndarray, "M 2"]


@dataclass(frozen=True)
class ColmapModel:
    """A model; cameras, images and points are numbered from 1 in their order.

    Attributes:
        cameras: All that differ.
        images: With their observations.
        places: Of the points, in world coordinates.
        colors: Likewise, sRGB.
    """

    cameras: Sequence[ColmapCamera]
    images: Sequence[ColmapImage]
    places: Float[np.ndarray, "P 3"]
    colors: UInt8[np.ndarray, "P 3"]

    def tracks(self) -> list[Int[np.ndarray, "T 2"]]:
        """Of each point the numbers of its images and the observation's place in each, from 0; none of a point that
        a single image sees."""
        if not len(self.places):
            return []
        counts = [len(image.points) for image in self.images]
        points = np.concatenate([image.points for image in self.images])
        rows = np.stack(
            [np.repeat(np.arange(1, len(counts) + 1), counts), np.concatenate([np.arange(count) for count in counts])],
            axis=1,
        )
        ends = np.bincount(points, minlength=len(self.places) + 1)[1:].cumsum()
        return np.split(rows[np.argsort(points, kind="stable")], ends[:-1])


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
    observed = observe_points(images, mesh, points)
    seen = torch.stack([one.seen for one in observed])
    kept, tracked = seen.any(0), seen.sum(0) >= LEAST_TRACK
    numbers = kept.long().cumsum(0)
    cameras = [colmap_camera(image) for image in images]
    distinct = {camera: number for number, camera in enumerate(dict.fromkeys(cameras), start=1)}
    posed = [
        ColmapImage(
            name,
            _quaternion(image.camera.rotation[0]),
            tuple(image.camera.translation[0].double().tolist()),
            distinct[camera],
            numbers[one.seen & tracked].numpy(),
            one.pixels[one.seen & tracked].numpy(),
        )
        for image, name, camera, one in zip(images, names, cameras, observed, strict=True)
    ]
    places = mesh.center.double() + mesh.radius * points.places[kept]
    return ColmapModel(list(distinct), posed, places.numpy(), points.colors[kept].numpy())


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
