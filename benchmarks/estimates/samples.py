"""Samples with known cameras for the benchmark of estimation: read from a data set, or made on the spot."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import trimesh
from jaxtyping import Float
from PIL import Image

from benchmarks.subjects import DISTANCE, FOCAL_PER_PIXEL, smooth_ball
from camera_estimation.batch import EXAMPLE_SAMPLE as EXAMPLE
from camera_estimation.dataset import KnownIntrinsics, load_intrinsics
from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer

PIXELS = 384
SAMPLES_A_SIDE = 4  # of a pixel of the pictures that are made: more than any that the estimate draws


@dataclass(frozen=True)
class Sample:
    """Files, (fx, fy, cx, cy) or None, and the true ``world_to_camera`` as nested lists."""

    mesh: Path
    image: Path
    intrinsics: tuple[float, float, float, float] | None
    world_to_camera: list[list[float]]


def read_samples(pairs: Path, intrinsics: Path | None) -> list[Sample]:
    """Of a CSV file with the columns mesh, image and gt, relative to it; gt names a JSON file with the true pose."""
    known = load_intrinsics(intrinsics) if intrinsics else KnownIntrinsics()
    with pairs.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    folder = pairs.parent
    return [
        Sample(
            folder / row["mesh"],
            folder / row["image"],
            None if (camera := known.of(folder / row["image"])) is None else camera.intrinsics,
            json.loads((folder / row["gt"]).read_text(encoding="utf-8"))["world_to_camera"],
        )
        for row in rows
    ]


def make_samples(folder: Path, views: int, seed: int, upright: bool = False) -> list[Sample]:
    """Renders of the packaged example and of a ball, from ``views`` random directions each. The ball's shape is one of
    revolution: its spots tell its sides apart."""
    ball = folder / "lumpy_ball.glb"
    write_glb(smooth_ball(20_000), ball)
    generator = np.random.default_rng(seed)
    return [
        sample
        for path in (EXAMPLE.mesh_path, ball)
        for sample in pictures_of(path, folder, views, int(generator.integers(2**31)), upright)
    ]


def pictures_of(
    mesh_path: Path, folder: Path, views: int, seed: int, upright: bool = False, pixels: int = PIXELS
) -> list[Sample]:
    """Renders of one mesh in its true colours as PNG files with alpha, with random roll unless ``upright``."""
    folder.mkdir(parents=True, exist_ok=True)
    mesh = load_mesh(mesh_path)
    renderer, focal = Renderer(mesh), FOCAL_PER_PIXEL * pixels
    samples = []
    rotations = random_rotations(views, seed)
    if upright:
        rotations = look_at_rotation(rotations[:, 2], torch.tensor([0.0, 1.0, 0.0], dtype=rotations.dtype))
    for number, rotation in enumerate(rotations):
        camera = Camera(
            rotation=rotation[None].float(),
            translation=torch.tensor([[0.1, -0.15, DISTANCE]]),
            focal=torch.full((1, 2), focal),
            principal_point=torch.full((1, 2), pixels / 2),
            width=pixels,
            height=pixels,
        )
        image = folder / f"{mesh_path.stem}_{number}.png"
        save_picture(renderer.supersample(camera, SAMPLES_A_SIDE)[0], image)
        pose = mesh.to_world(camera).world_to_camera[0].tolist()
        samples.append(Sample(mesh_path, image, (focal, focal, pixels / 2, pixels / 2), pose))
    return samples


def save_picture(rgba: Float[torch.Tensor, "4 H W"], path: Path) -> None:
    """A premultiplied render as a PNG file."""
    straight = torch.cat([rgba[:3] / rgba[3:].clamp(min=1e-6), rgba[3:]])
    Image.fromarray((straight.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()).save(path)


def random_rotations(count: int, seed: int) -> torch.Tensor:
    """Uniform over all rotations, from unit quaternions."""
    from scipy.spatial.transform import Rotation

    return torch.from_numpy(Rotation.random(count, rng=np.random.default_rng(seed)).as_matrix())


def with_faces(mesh_path: Path, faces: int, folder: Path) -> Path:
    """A GLB of the same surface cut into ``faces`` triangles; the mesh's own file if it has as many or more."""
    mesh = load_mesh(mesh_path)
    if len(mesh.faces) >= faces:
        return mesh_path
    vertices, triangles, uv = mesh.vertices.numpy(), mesh.faces.numpy(), mesh.uv.numpy()
    while len(triangles) < faces:
        edges = vertices[triangles] - vertices[np.roll(triangles, 1, axis=1)]
        largest = np.argsort(-(edges**2).sum((1, 2)), kind="stable")[: -(-(faces - len(triangles)) // 3)]
        vertices, triangles, attributes = trimesh.remesh.subdivide(
            vertices, triangles, face_index=largest, vertex_attributes={"uv": uv}
        )
        uv = attributes["uv"]
    path = folder / f"{mesh_path.stem}_{len(triangles)}.glb"
    world = mesh.center.numpy() + mesh.radius * vertices
    _export(world, triangles, uv, mesh.textures[0].texels.numpy(), path)
    return path


def write_glb(mesh: TexturedMesh, path: Path) -> None:
    """A mesh with one texture as a file."""
    world = mesh.center.numpy() + mesh.radius * mesh.vertices.numpy()
    _export(world, mesh.faces.numpy(), mesh.uv.numpy(), mesh.textures[0].texels.numpy(), path)


def _export(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray, texels: np.ndarray, path: Path) -> None:
    texture = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(texels), metallicFactor=0.0, roughnessFactor=1.0
    )
    visual = trimesh.visual.TextureVisuals(uv=np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1), material=texture)
    made = trimesh.Trimesh(vertices, faces, visual=visual, process=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(trimesh.Scene(made).export(file_type="glb"))
