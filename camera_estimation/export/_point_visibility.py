"""Which points of a mesh the cameras see, and where in their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.export._surface_points import SurfacePoints
from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import find_seen_points

# Cosine between normal and line of sight: what is more oblique (75 degrees) no program would find again in a picture,
# and small errors of the pose move it far.
LEAST_FACING = 0.25


@dataclass(frozen=True)
class Sightings:
    """What an image sees of a list of points.

    Attributes:
        seen: Of each point, whether.
        pixels: Where they are in the image; of those that are not seen anything.
    """

    seen: Bool[Tensor, " N"]
    pixels: Float[Tensor, "N 2"]


def observe_points(images: Sequence[PosedImage], mesh: TexturedMesh, points: SurfacePoints) -> list[Sightings]:
    """What each image sees of the points: those in its frame that nothing of the mesh hides and that are not oblique.

    Args:
        images: Of the mesh.
        mesh: On the CPU.
        points: Of the mesh.
    """
    cameras = [_normalize_camera(image, mesh) for image in images]
    pixels = [project_into_picture(image, mesh, points.places) for image in images]
    seen = torch.stack([_can_see(camera, place, points) for camera, place in zip(cameras, pixels, strict=True)])
    centers = torch.cat([camera.center for camera in cameras])
    view, point = seen.nonzero(as_tuple=True)
    seen[view, point] = find_seen_points(mesh, centers, points.places, view, point)
    return [Sightings(one, place) for one, place in zip(seen, pixels, strict=True)]


def project_into_picture(image: PosedImage, mesh: TexturedMesh, places: Float[Tensor, "N 3"]) -> Float[Tensor, "N 2"]:
    """Where points are in a picture; NaN for what is behind the camera, or what its lens does not reach.

    Args:
        image: Of the mesh.
        mesh: On the CPU.
        places: Of the points, in its normalized frame.
    """
    camera = _normalize_camera(image, mesh)
    if image.lens is not None:
        in_camera = places @ camera.rotation[0].T + camera.translation
        return torch.where(in_camera[:, 2:] > 0, image.lens.project(in_camera), torch.nan)
    pixels, depth = camera.project(places[None])
    return torch.where(depth[0, :, None] > 0, pixels[0], torch.nan)


def _normalize_camera(image: PosedImage, mesh: TexturedMesh) -> Camera:
    return mesh.to_normalized(image.camera.to("cpu", torch.float64))


def _can_see(camera: Camera, pixels: Float[Tensor, "N 2"], points: SurfacePoints) -> Bool[Tensor, " N"]:
    """Whether points are in the frame and not too oblique; both sides of triangles are looked at."""
    framed = ((pixels >= 0) & (pixels <= pixels.new_tensor([camera.width, camera.height]))).all(1)
    sight = torch.nn.functional.normalize(camera.center - points.places, dim=1)
    return framed & ((sight * points.normals).sum(1).abs() >= LEAST_FACING)
