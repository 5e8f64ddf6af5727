"""Tracking by contour and details: frames a second, and how far off they are.

Usage: python -m benchmarks.tracking [--pairs FILE.csv] [--frames N] [--device DEVICE]

Without --pairs a lumpy ball turns and moves before a background of many colors, 640 x 480 pixels. A list of pairs has
the columns mesh, image and gt, as scripts/render_sequence.py writes them; transparent pictures are put before that
background. The tracker is told the first frame's true camera and no mask. Files are read before the clock starts.

"wall" are seconds of the tracker's own loop, "processor" those that its thread computed: on a busy machine they differ.
Errors are of the rotation, and of the mesh's center as a share of its bounding box's diagonal.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from benchmarks.report import machine_line
from benchmarks.subjects import lumpy_ball
from camera_estimation.configuration import resolve_device
from camera_estimation.geometry import (
    Camera,
    concatenate,
    intrinsics_from_fov,
    make_camera,
    orbit_poses,
    rotmat_geodesic_distance,
)
from camera_estimation.images import read_upright
from camera_estimation.mesh import Texture, TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.tracking import ContourTracker

WIDTH, HEIGHT = 640, 480
FACES = 20_000
SPOTS = 12  # of the background, a side
TURN = math.radians(2)  # from frame to frame

Frames = list[UInt8[np.ndarray, "H W 3"]]


def background(width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Smooth spots of all hues, dark."""
    return smooth_spots(width, height) // 2


def smooth_spots(width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Of all colors."""
    spots = np.random.default_rng(0).integers(0, 256, (SPOTS, SPOTS, 3), dtype=np.uint8)
    return cv2.resize(spots, (width, height), interpolation=cv2.INTER_CUBIC)


def put_before_background(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 3"]:
    """A straight RGBA picture, opaque."""
    share = rgba[..., 3:] / 255.0
    mixed = share * rgba[..., :3] + (1 - share) * background(rgba.shape[1], rgba.shape[0])
    return np.rint(mixed).astype(np.uint8)


def turning_ball(count: int, device: torch.device) -> tuple[TexturedMesh, Camera, Frames]:
    """A mesh, the world cameras of frames, and the frames."""
    texels = torch.from_numpy(smooth_spots(512, 512) // 2 + 127)
    mesh = replace(lumpy_ball(FACES), textures=(Texture(texels),)).to(device)
    frame = torch.arange(count, dtype=torch.float64)
    aim = 0.3 * torch.stack([torch.sin(frame / 7), torch.cos(frame / 9), torch.sin(frame / 8)], dim=1)
    poses = orbit_poses(
        TURN * frame, 0.3 * torch.sin(frame / 11), 9 + torch.sin(frame / 13), aim, 0.1 * torch.sin(frame)
    )
    cameras = make_camera(poses, intrinsics_from_fov(math.radians(40), WIDTH, HEIGHT), WIDTH, HEIGHT)
    renderer, frames = Renderer(mesh), []
    for index in range(count):
        rgba = renderer.supersample(mesh.to_normalized(cameras[index]).to(device, torch.float32), 3)[0]
        pixels = rgba.permute(1, 2, 0).cpu().numpy()
        pixels[..., :3] /= np.maximum(pixels[..., 3:], 1e-6)
        frames.append(put_before_background(np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)))
    return mesh, cameras, frames


def read_pairs(path: Path, count: int | None, device: torch.device) -> tuple[TexturedMesh, Camera, Frames]:
    """The same of a list of pairs with ground truth, all of one mesh."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:count]
    cameras = []
    for row in rows:
        truth = json.loads((path.parent / row["gt"]).read_text(encoding="utf-8"))
        intrinsics = torch.tensor([truth[key] for key in ("fx", "fy", "cx", "cy")], dtype=torch.float64)
        pose = torch.tensor(truth["world_to_camera"], dtype=torch.float64)[None]
        cameras.append(make_camera(pose, intrinsics, truth["width"], truth["height"]))
    frames = [put_before_background(read_upright(path.parent / row["image"])) for row in rows]
    return load_mesh(path.parent / rows[0]["mesh"]).to(device), concatenate(cameras), frames


def measure(mesh: TexturedMesh, cameras: Camera, frames: Frames) -> None:
    """Track all frames, and print what came out."""
    tracker = ContourTracker(Renderer(mesh))
    tracker.start(frames[0], cameras[0])
    tracker.track(frames[0])  # kernels are loaded
    tracker.start(frames[0], cameras[0])
    wall, processor = time.perf_counter(), time.thread_time()
    tracked = [tracker.track(frame) for frame in frames[1:]]
    wall, processor = time.perf_counter() - wall, time.thread_time() - processor
    found, true = concatenate([frame.camera for frame in tracked]), cameras[slice(1, None)]
    angles = torch.rad2deg(rotmat_geodesic_distance(found.rotation, true.rotation)).numpy()
    center = mesh.center.cpu()
    apart = (found.rotation - true.rotation) @ center + found.translation - true.translation
    size = mesh.radius * float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).norm())
    shares = 100 * (apart.norm(dim=1) / size).numpy()
    within = np.mean((angles < 5) & (shares < 5))
    print(
        f"{len(tracked)} frames: {len(tracked) / wall:.1f} a second (wall), {len(tracked) / processor:.1f} (processor)"
    )
    print(f"rotation: median {np.median(angles):.2f}, greatest {angles.max():.2f} degrees")
    print(f"center: median {np.median(shares):.2f}, greatest {shares.max():.2f} % of the diameter")
    print(f"within 5 degrees and 5 %: {within:.1%}; lost: {sum(frame.lost for frame in tracked)}")
    print(f"last: {angles[-1]:.2f} degrees, {shares[-1]:.2f} %, agreement {tracked[-1].agreement}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, help="a list of pairs with ground truth; by default a ball is rendered")
    parser.add_argument("--frames", type=int, help="the first so many; 60 of the ball by default")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    arguments = parser.parse_args()
    device = torch.device(resolve_device(arguments.device))
    if arguments.pairs is None:
        subject = turning_ball(arguments.frames or 60, device)
    else:
        subject = read_pairs(arguments.pairs, arguments.frames, device)
    print(machine_line(device))
    measure(*subject)


if __name__ == "__main__":
    main()
