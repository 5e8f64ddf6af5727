"""Render views of true objects, estimate their cameras with imperfect meshes of them, singly and jointly, and compare.

Usage: python scripts/measure_joint.py TRUE_MESHES IMPERFECT_MESHES OUTPUT_DIR [--views 8] [--size 512] [--seed 0]
       [--only NAME ...] [--render_only] [--flags FLAGS OF camera-estimate ...]

A mesh NAME.glb of the first folder is the true object of NAME_gen.glb in the second, in the same frame. Our own
renderer draws the true ones with many samples a pixel under a field of view of 40 degrees, which is given to the
estimates. Half of the views are from slightly above, half from anywhere, with a little roll; every view has light of
its own: Lambertian shading from a random side with an ambient share, and a gain of red, green and blue.

OUTPUT_DIR receives images/, gt/, intrinsics.json, pairs.csv and the runs single/ and joint/. Rotation errors are those
between estimated and true world_to_camera: the imperfect meshes have no rotation of their own against the true ones, as
the best similarity transform was taken out of their distortions.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from camera_estimation.configuration import resolve_device
from camera_estimation.geometry import (
    Z_UP_FROM_Y_UP,
    Camera,
    intrinsics_from_fov,
    make_camera,
    orbit_poses,
    rotmat_geodesic_distance,
)
from camera_estimation.io import keep_freed_memory
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import camera_of, read_poses

COPY_ENDING = "_gen"
SAMPLES = 4  # a side of a pixel
FOV_DEG = 40.0
DISTANCE = (3.3, 4.5)  # object radii
ELEVATION_DEG = (5.0, 35.0)  # of the views from slightly above
ROLL_DEG = 8.0  # standard deviation
AIM = 0.1  # object radii beside the center
LEAST_GAIN = 0.8
AMBIENT = (0.4, 0.8)  # share of the light that comes from everywhere


def random_views(mesh: TexturedMesh, views: int, size: int, random: np.random.Generator) -> Camera:
    """World cameras, in double precision: every other one from slightly above."""
    above = np.arange(views) % 2 == 0
    anywhere = np.arcsin(random.uniform(-1, 1, views))
    elevation = np.where(above, np.radians(random.uniform(*ELEVATION_DEG, views)), anywhere)
    yaw, distance = random.uniform(0, 2 * math.pi, views), mesh.radius * random.uniform(*DISTANCE, views)
    roll, aim = np.radians(random.normal(0, ROLL_DEG, views)), mesh.radius * random.uniform(-AIM, AIM, (views, 3))
    center = torch.tensor(Z_UP_FROM_Y_UP, dtype=torch.float64) @ mesh.center
    poses = orbit_poses(
        *(torch.from_numpy(values) for values in (yaw, elevation, distance)),
        center + torch.from_numpy(aim),
        torch.from_numpy(roll),
    )
    return make_camera(poses, intrinsics_from_fov(math.radians(FOV_DEG), size, size), size, size)


def vertex_normals(mesh: TexturedMesh) -> Float[Tensor, "V 3"]:
    """Means over the faces about each place, weighted by area; seams of the texture do not show."""
    places, place_of = torch.unique(mesh.vertices, dim=0, return_inverse=True)
    corners = mesh.vertices[mesh.faces.long()]
    area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = torch.zeros_like(places)
    for corner in range(3):
        normals.index_add_(0, place_of[mesh.faces[:, corner].long()], area)
    return torch.nn.functional.normalize(normals, dim=1)[place_of]


def picture(mesh: TexturedMesh, camera: Camera, random: np.random.Generator) -> Image.Image:
    """Straight RGBA of one world camera under a random light."""
    light = torch.nn.functional.normalize(torch.from_numpy(random.normal(size=3)).float(), dim=0)
    ambient, gain = random.uniform(*AMBIENT), random.uniform(LEAST_GAIN, 1.0, 3)
    shade = ambient + (1 - ambient) * (vertex_normals(mesh) @ light).clamp(min=0)
    lit = replace(mesh, vertex_colors=mesh.vertex_colors * shade[:, None]).to(resolve_device("auto"))
    normalized = mesh.to_normalized(camera).to(lit.device, torch.float32)
    rgba = Renderer(lit).supersample(normalized, SAMPLES)[0].permute(1, 2, 0).cpu().numpy()
    color = rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-6) * gain
    pixels = np.concatenate([color, rgba[..., 3:]], axis=-1)
    return Image.fromarray(np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8))


def render_samples(arguments: argparse.Namespace) -> None:
    """Images of every true mesh with an imperfect copy, and the files that name them."""
    output_dir = arguments.output_dir
    for folder in ("images", "gt"):
        (output_dir / folder).mkdir(parents=True, exist_ok=True)
    intrinsics, rows = {}, []
    for number, true_mesh in enumerate(sorted(arguments.true_meshes.glob("*.glb"))):
        copy = arguments.imperfect_meshes / f"{true_mesh.stem}{COPY_ENDING}.glb"
        if not copy.exists() or (arguments.only and true_mesh.stem not in arguments.only):
            continue
        mesh, random = load_mesh(true_mesh), np.random.default_rng([arguments.seed, number])
        cameras = random_views(mesh, arguments.views, arguments.size, random)
        for index in range(arguments.views):
            name, camera = f"{true_mesh.stem}_{index:02d}", cameras[index]
            picture(mesh, camera, random).save(output_dir / "images" / f"{name}.png")
            (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
            values = {"width": camera.width, "height": camera.height, "fx": fx, "fy": fy, "cx": cx, "cy": cy}
            intrinsics[f"{name}.png"] = values
            truth = {**values, "world_to_camera": camera.world_to_camera[0].tolist()}
            (output_dir / "gt" / f"{name}.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
            rows.append([os.path.relpath(copy, output_dir), f"images/{name}.png", f"gt/{name}.json"])
    (output_dir / "intrinsics.json").write_text(json.dumps(intrinsics, indent=1), encoding="utf-8")
    with (output_dir / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["mesh", "image", "gt"], *rows])


def estimate(output_dir: Path, run: str, flags: list[str]) -> None:
    """One run of the command line over all samples; finished ones are kept."""
    files = ["--pairs", output_dir / "pairs.csv", "--intrinsics", output_dir / "intrinsics.json"]
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", *files, "--output_dir", output_dir / run, *flags]
    subprocess.run([str(word) for word in command], check=False)


def rotation_errors_deg(output_dir: Path, run: str) -> dict[str, dict[str, float]]:
    """Of every sample, by mesh and name; 180 where there is no estimate."""
    errors: dict[str, dict[str, float]] = {}
    for entry in read_poses(output_dir / run):
        truth = camera_of(json.loads((output_dir / "gt" / f"{entry['name']}.json").read_text(encoding="utf-8")))
        angle = math.pi
        if entry["status"] == "ok":
            angle = float(rotmat_geodesic_distance(camera_of(entry).rotation, truth.rotation))
        errors.setdefault(Path(entry["mesh"]).stem, {})[entry["name"]] = math.degrees(angle)
    return errors


def report(output_dir: Path, runs: list[str]) -> str:
    """Medians of every mesh and of all, in degrees."""
    errors = {run: rotation_errors_deg(output_dir, run) for run in runs}
    lines = [f"{'median rotation error, degrees':32}" + "".join(f"{run:>10}" for run in runs)]
    for mesh in errors[runs[0]]:
        medians = [statistics.median(errors[run][mesh].values()) for run in runs]
        lines.append(f"{mesh:32}" + "".join(f"{median:10.2f}" for median in medians))
    together = {run: [angle for mesh in errors[run].values() for angle in mesh.values()] for run in runs}
    lines.append(f"{'all':32}" + "".join(f"{statistics.median(together[run]):10.2f}" for run in runs))
    shares = (sum(angle <= 15 for angle in together[run]) for run in runs)
    lines.append(f"{'within 15 degrees':32}" + "".join(f"{share:6d}/{len(together[runs[0]]):3d}" for share in shares))
    return "\n".join(lines)


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("true_meshes", type=Path)
    parser.add_argument("imperfect_meshes", type=Path)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--views", type=int, default=8, help="of each mesh")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="true meshes, without their ending")
    parser.add_argument("--render_only", action="store_true")
    parser.add_argument("--flags", nargs=argparse.REMAINDER, default=[], help="of camera-estimate, for both runs")
    arguments = parser.parse_args()
    render_samples(arguments)
    if arguments.render_only:
        return
    estimate(arguments.output_dir, "single", arguments.flags)
    estimate(arguments.output_dir, "joint", ["--joint", *arguments.flags])
    print(report(arguments.output_dir, ["single", "joint"]))


if __name__ == "__main__":
    main()
