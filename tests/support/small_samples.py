"""Meshes, images and estimates small enough that tests of files and runs take no time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import trimesh
from PIL import Image

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._uncertainty import Uncertainty
from camera_estimation.estimation.diagnosis import Diagnosis
from camera_estimation.estimation.result import AlternativePose, CameraEstimate
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.intrinsics import focal_from_fov
from camera_estimation.geometry.rotation import look_at_rotation
from camera_estimation.images.source_image import SourceImage
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer

# Of an answer that nothing speaks against.
GOOD_DIAGNOSIS = Diagnosis(
    overlap=0.995,
    hidden=0.0,
    detail=0.9,
    color=0.9,
    contrast=0.2,
    agreeing=0.5,
    lead=2.0,
    aside=0.001,
    distance=0.002,
    pixels=200.0,
    mask_source="alpha",
)
BOX_SIZE = (1.0, 2.0, 0.5)
BOX_CENTER = (3.0, -1.0, 2.0)


def write_box(path: Path) -> Path:
    """A box with a colour at each corner, away from the origin, under two nodes."""
    box = trimesh.creation.box(BOX_SIZE)
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]] * 2, dtype=np.uint8)
    box.visual.vertex_colors = colors
    scene = trimesh.Scene()
    scene.add_geometry(box, transform=trimesh.transformations.translation_matrix(BOX_CENTER))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(scene.export(file_type="glb"))
    return path


def write_disc(path: Path, width: int = 48, height: int = 40, radius: int = 14) -> Path:
    """An orange disc on a transparent ground."""
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < radius**2
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    pixels[inside] = (230, 140, 30, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def camera_around_box(width: int, height: int, distance: float = 5.0) -> Camera:
    """A world camera that sees the box at the image's centre, from the side and above; pixels are not square."""
    view = torch.tensor([[-0.6, -0.48, -0.64]], dtype=torch.float64)
    rotation = look_at_rotation(view, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))
    center = torch.tensor([BOX_CENTER], dtype=torch.float64) - distance * view
    focal = focal_from_fov(0.7, height)
    return Camera(
        rotation=rotation,
        translation=-(rotation @ center[..., None])[..., 0],
        focal=torch.tensor([[focal * 1.25, focal]], dtype=torch.float64),
        principal_point=torch.tensor([[width / 2, height / 2]], dtype=torch.float64),
        width=width,
        height=height,
    )


def estimate_of(image: SourceImage, config: Configuration | None = None, **changes: Any) -> CameraEstimate:
    """What an estimator could have said of ``image``."""
    camera = camera_around_box(image.width, image.height)
    values = {
        "camera": camera,
        "crop_camera": camera.crop(4, 2, 32, 32, 64, 64),
        "crop": (4.0, 2.0, 32.0, 32.0),
        "loss": 0.125,
        "silhouette_iou": 0.875,
        "uncertainty": Uncertainty(rotation=0.01, translation=(0.01, 0.02, 0.05), log_focal=0.0),
        "occluded": False,
        "deformation": 0.0,
        "diagnosis": GOOD_DIAGNOSIS,
        "alternatives": (AlternativePose(camera, 0.25, 0.5, angle=0.0, evidence=3.0),),
        "iterations": (),
        "stages": (),
        "seconds": {"search": 0.5, "refine": 0.25},
        "config": config or Configuration(),
    }
    return CameraEstimate(**{**values, **changes})


def stub_estimator(behavior: dict[str, BaseException], log: list[Any]) -> type:
    """A class for the place of CameraEstimator: it notes meshes and images in ``log``, finds the same camera for each,
    and raises what ``behaviour`` has for the stem of an image."""

    class StubEstimator:
        remarks = ()

        def __init__(self, mesh: TexturedMesh, config: Configuration, *, record: bool = False) -> None:
            self.mesh, self.config = mesh, config
            self.renderer = Renderer(mesh)
            self.prepared = SimpleNamespace(coarse_renderer=self.renderer)
            log.append(mesh.path.name)

        def estimate(self, image: SourceImage, *, intrinsics=None, progress=None) -> CameraEstimate:
            log.append((image.path.name, intrinsics))
            progress("search", None)
            progress("refine", 0.25)
            if image.path.stem in behavior:
                raise behavior[image.path.stem]
            return estimate_of(image, self.config)

    return StubEstimator
