"""Many images of one mesh: what is prepared for the first serves the others.

Usage: python examples/many_images.py OUTPUT_DIR

The images are renders from cameras that are known, so that the estimates can be compared with the truth.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path

import torch

import camera_estimation
from camera_estimation import Camera, CameraEstimator, Renderer, load_mesh, load_preset, load_source_image
from camera_estimation.geometry import intrinsics_from_fov, make_camera, orbit_poses, rotmat_geodesic_distance
from camera_estimation.mesh import TexturedMesh
from camera_estimation.visualization import image_from_pixels, render_frame

EXAMPLE = Path(camera_estimation.__file__).parent / "examples"
FOV, SIZE = math.radians(40), 256


def cameras_around(mesh: TexturedMesh, count: int) -> Camera:
    """World cameras on a circle about the mesh, which look at its centre."""
    yaw = torch.linspace(0, 2 * math.pi, count + 1, dtype=torch.float64)[:-1]
    x, y, z = mesh.center.tolist()
    look_at = torch.tensor([[x, -z, y]], dtype=torch.float64).expand(count, 3)  # in the orbit's frame, +Z up
    radius = torch.full_like(yaw, 4 * float(mesh.radius))
    poses = orbit_poses(yaw, torch.full_like(yaw, 0.3), radius, look_at, torch.zeros_like(yaw))
    return make_camera(poses, intrinsics_from_fov(FOV, SIZE, SIZE), SIZE, SIZE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    output_dir = parser.parse_args().output_dir
    output_dir.mkdir(parents=True, exist_ok=True)

    mesh = load_mesh(EXAMPLE / "spot.glb")
    renderer, estimator = Renderer(mesh), CameraEstimator(mesh, load_preset("fast"))
    cameras, intrinsics = cameras_around(mesh, count=3), tuple(intrinsics_from_fov(FOV, SIZE, SIZE).tolist())
    with (output_dir / "cameras.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "x", "y", "z", "error_deg"])
        for index in range(len(cameras)):
            path = output_dir / f"{index}.png"
            image_from_pixels(render_frame(renderer, cameras[index])).save(path)
            estimate = estimator.estimate(load_source_image(path), intrinsics=intrinsics)
            error = float(rotmat_geodesic_distance(estimate.camera.rotation[0], cameras.rotation[index]))
            table.writerow([path.name, *estimate.camera.center[0].tolist(), math.degrees(error)])
            print(f"{path.name}: off by {math.degrees(error):.2f}°")


if __name__ == "__main__":
    main()
