"""Render consecutive frames of a mesh from a moving camera, with ground truth, to measure what --sequence is worth.

Usage: python scripts/render_sequence.py OUTPUT_DIR [--mesh FILE.glb] [--frames 60] [--size 512] [--jump] [--seed 0]

The camera goes round the mesh (the packaged example unless --mesh names another) while elevation, distance, aim and
roll change smoothly; with --jump it stands elsewhere from the middle frame on, as after a cut. Frames are drawn with
many samples a pixel, and each has its own gain of red, green and blue. OUTPUT_DIR receives images/ (RGBA), gt/ (the
true cameras), intrinsics.json and pairs.csv with the columns mesh, image and gt.

How long tracked frames take and how far off they are, beside frames that are estimated each on its own:

    python scripts/render_sequence.py frames
    camera-estimate --pairs frames/pairs.csv --intrinsics frames/intrinsics.json --output_dir alone
    camera-estimate --pairs frames/pairs.csv --intrinsics frames/intrinsics.json --output_dir tracked --sequence
    camera-evaluate --poses alone --poses tracked --ground_truth frames/pairs.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import camera_estimation
from camera_estimation.configuration import resolve_device
from camera_estimation.geometry import Z_UP_FROM_Y_UP, Camera, intrinsics_from_fov, make_camera, orbit_poses
from camera_estimation.io import keep_freed_memory
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer

EXAMPLE = Path(camera_estimation.__file__).parent / "examples" / "spot.glb"
SAMPLES = 6  # a side of a pixel
FOV_DEG = 40.0
TURN_DEG = 4.0  # of yaw from frame to frame
JUMP_DEG = (130.0, -40.0, 25.0)  # of yaw, elevation and roll
LEAST_GAIN = 0.8


def smooth_path(mesh: TexturedMesh, frames: int, size: int, jump: bool, seed: int) -> Camera:
    """World cameras of all frames, in double precision."""
    random = np.random.default_rng(seed)
    frame = np.arange(frames, dtype=np.float64)

    def wave(period: float) -> np.ndarray:
        """In [-1, 1]; ``period`` in frames."""
        return np.sin(2 * math.pi * frame / period + random.uniform(0, 2 * math.pi))

    yaw = np.radians(TURN_DEG * frame) + random.uniform(0, 2 * math.pi)
    elevation = np.radians(20 + 25 * wave(45))
    roll = np.radians(12 * wave(38))
    distance = mesh.radius * (4.5 + 0.8 * wave(50))
    aim = 0.15 * mesh.radius * np.stack([wave(period) for period in (40, 41, 42)], axis=1)
    if jump:
        after = frame >= frames // 2
        for values, degrees in zip((yaw, elevation, roll), JUMP_DEG, strict=True):
            values[after] += math.radians(degrees)
    center = torch.tensor(Z_UP_FROM_Y_UP, dtype=torch.float64) @ mesh.center
    poses = orbit_poses(
        *(torch.from_numpy(values) for values in (yaw, elevation, distance)),
        center + torch.from_numpy(aim),
        torch.from_numpy(roll),
    )
    return make_camera(poses, intrinsics_from_fov(math.radians(FOV_DEG), size, size), size, size)


def picture(renderer: Renderer, camera: Camera, gain: np.ndarray) -> Image.Image:
    """Straight RGBA of one world camera, with the colours multiplied by ``gain``."""
    camera = renderer.mesh.to_normalized(camera).to(renderer.mesh.device, torch.float32)
    rgba = renderer.supersample(camera, SAMPLES)[0].permute(1, 2, 0).cpu().numpy()
    color = rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-6) * gain
    pixels = np.concatenate([color, rgba[..., 3:]], axis=-1)
    return Image.fromarray(np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8))


def values_of(camera: Camera) -> dict[str, float]:
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    return {"width": camera.width, "height": camera.height, "fx": fx, "fy": fy, "cx": cx, "cy": cy}


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--mesh", type=Path, default=EXAMPLE)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--jump", action="store_true", help="a cut at the middle frame")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    output_dir = arguments.output_dir
    for folder in ("images", "gt"):
        (output_dir / folder).mkdir(parents=True, exist_ok=True)
    mesh = load_mesh(arguments.mesh).to(resolve_device("auto"))
    renderer = Renderer(mesh)
    cameras = smooth_path(mesh, arguments.frames, arguments.size, arguments.jump, arguments.seed)
    random = np.random.default_rng([arguments.seed, 1])
    intrinsics = {}
    with (output_dir / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["mesh", "image", "gt"])
        for index in range(arguments.frames):
            camera, name = cameras[index], f"{arguments.mesh.stem}_{index:03d}"
            image = output_dir / "images" / f"{name}.png"
            picture(renderer, camera, random.uniform(LEAST_GAIN, 1.0, 3)).save(image)
            values = values_of(camera)
            intrinsics[image.name] = values
            truth = {**values, "world_to_camera": camera.world_to_camera[0].tolist()}
            (output_dir / "gt" / f"{name}.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
            writer.writerow([os.path.relpath(arguments.mesh, output_dir), f"images/{image.name}", f"gt/{name}.json"])
    (output_dir / "intrinsics.json").write_text(json.dumps(intrinsics, indent=1), encoding="utf-8")
    print(f"{arguments.frames} frames in {output_dir}")


if __name__ == "__main__":
    main()
