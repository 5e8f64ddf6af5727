"""Posed images as a run has them: cameras that nothing is nice about, pictures and meshes as far as they are needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies
from PIL import Image
from scipy.spatial.transform import Rotation

from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry.camera import Camera, make_camera
from camera_estimation.geometry.distortion import FISHEYE, OPENCV, Distortion
from camera_estimation.geometry.lens import Lens
from camera_estimation.geometry.orbit import orbit_of
from camera_estimation.geometry.plain_cameras import camera_values, orbit_values

BROWN = Distortion.of(OPENCV, {"k1": -0.21, "k2": 0.07, "p1": 0.002, "p2": -0.003})
BROWN_K3 = Distortion.of(OPENCV, {"k1": -0.21, "k2": 0.07, "p1": 0.002, "p2": -0.003, "k3": -0.01})
RATIONAL = Distortion.of(OPENCV, {"k1": 0.3, "k2": 0.1, "p1": 0.001, "p2": 0.002, "k3": 0.01, "k4": 0.5, "k6": 0.02})
PRISM = Distortion.of(OPENCV, {"k1": -0.1, "s1": 0.003, "s2": -0.001, "s3": 0.002, "s4": 0.0005})
WIDE = Distortion.of(FISHEYE, {"k1": 0.02, "k2": -0.004, "k3": 0.001, "k4": -0.0002})
LENSES = (None, BROWN, BROWN_K3, RATIONAL, PRISM, WIDE)


def rigid_pose(rotvec: Sequence[float] = (0.3, -1.9, 0.7), translation: Sequence[float] = (0.2, -0.1, 4.0)):
    """World to camera, double precision."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(rotvec).as_matrix()
    pose[:3, 3] = translation
    return pose


def camera_at(
    pose: np.ndarray, width: int = 64, height: int = 40, focal=(70.0, 73.5), principal_point=(29.25, 23.5)
) -> Camera:
    """A camera that is not square, with its principal point aside."""
    intrinsics = torch.tensor([*focal, *principal_point], dtype=torch.float64)
    return make_camera(torch.from_numpy(np.asarray(pose, dtype=np.float64))[None], intrinsics, width, height)


def posed_image(
    name: str,
    camera: Camera,
    distortion: Distortion | None = None,
    folder: Path = Path("there"),
    mesh: str = "box.glb",
    **entry: Any,
) -> PosedImage:
    """Its picture and mesh need not exist; asking for the mesh fails."""
    fx, fy, cx, cy = [*camera.focal[0].tolist(), *camera.principal_point[0].tolist()]
    lens = None if distortion is None else Lens((fx, fy, cx, cy), distortion, camera.width, camera.height)
    orbit = orbit_values(orbit_of(camera, torch.zeros(3, dtype=torch.float64)))
    values = {"name": name, "status": "ok", "orbit": orbit, **camera_values(camera), **entry}
    image = entry.get("image", folder / f"{name}.png")

    def refuse_mesh():
        raise AssertionError("the mesh was read")

    return PosedImage(name, Path(image), folder / mesh, camera, refuse_mesh, lens, folder / name, values)


def write_picture(image: PosedImage, mask: bool = True) -> PosedImage:
    """Its picture, and the mask in its folder, as a run leaves them."""
    size = image.camera.width, image.camera.height
    image.image_path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (200, 120, 40)).save(image.image_path)
    if mask and image.sample_folder is not None:
        image.sample_folder.mkdir(parents=True, exist_ok=True)
        picture = Image.new("L", size, 0)
        picture.paste(255, (4, 4, size[0] // 2, size[1] // 2))
        picture.save(image.sample_folder / "mask.png")
    return image


def points_before(image: PosedImage, count: int = 20) -> np.ndarray:
    """World points that the image shows, within 25 degrees of its axis."""
    angle, around = np.linspace(0, np.radians(25), count), np.linspace(0, 20, count)
    directions = np.stack([np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle)], axis=1)
    pose = image.camera.world_to_camera[0].numpy()
    return (directions * np.linspace(2, 6, count)[:, None] - pose[:3, 3]) @ pose[:3, :3]


def pixels_of(image: PosedImage, points: np.ndarray) -> np.ndarray:
    """Where this package projects world points."""
    pose = image.camera.world_to_camera[0]
    in_camera = torch.from_numpy(points) @ pose[:3, :3].T + pose[:3, 3]
    if image.lens is not None:
        return image.lens.project(in_camera).numpy()
    return image.camera.project(torch.from_numpy(points)[None])[0][0].numpy()


def read_tree(path: Path) -> Any:
    return json.loads(path.read_text())


angles = strategies.floats(-3.14, 3.14, allow_nan=False)
lengths = strategies.floats(-20, 20, allow_nan=False)
# Of cameras: any pose, image sizes that are not square, principal points aside, pixels that are not square.
cameras = strategies.builds(
    lambda rotvec, center, size, focal, aside: camera_at(
        rigid_pose(rotvec, center), *size, focal, (size[0] * aside[0], size[1] * aside[1])
    ),
    strategies.tuples(angles, angles, angles),
    strategies.tuples(lengths, lengths, lengths),
    strategies.tuples(strategies.integers(1, 9000), strategies.integers(1, 9000)),
    strategies.tuples(strategies.floats(10, 1e5), strategies.floats(10, 1e5)),
    strategies.tuples(strategies.floats(-0.5, 1.5), strategies.floats(-0.5, 1.5)),
)
