"""Tracking by contour and details: frames a second, and how far off they are.

Usage: python -m benchmarks.tracking [--pairs FILE.csv] [--frames N] [--device DEVICE] [--output_dir DIR]

Without --pairs a lumpy ball turns and moves before a background of many colors, 640 x 480 pixels. A list of pairs has
the columns mesh, image and gt, as scripts/render_sequence.py writes them; transparent pictures are put before that
background. The tracker is told the first frame's true camera and no mask. Files are read before the clock starts.

"frames a second" are those of the tracker's own loop, "of CPU" those a second of its thread's computing: on a busy
machine they differ. Errors are of the rotation, and of the mesh's center as a share of its bounding box's diagonal.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from benchmarks.report import machine_line, markdown_table, write_csv, write_plot
from benchmarks.subjects import smooth_ball, smooth_spots
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
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.tracking import ContourTracker

WIDTH, HEIGHT = 640, 480
FACES = 20_000
TURN = math.radians(2)  # from frame to frame

COLUMNS = {
    "frames": "frames",
    "wall": "frames a second",
    "processor": "of CPU",
    "median_deg": "rotation, °: median",
    "greatest_deg": "greatest",
    "last_deg": "last",
    "median_percent": "center, %: median",
    "greatest_percent": "greatest",
    "within": "within 5° and 5 %",
    "lost": "lost",
}

Frames = list[UInt8[np.ndarray, "H W 3"]]


def background(width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Smooth spots of all hues, dark."""
    return smooth_spots(width, height) // 2


def put_before_background(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 3"]:
    """A straight RGBA picture, opaque."""
    share = rgba[..., 3:] / 255.0
    mixed = share * rgba[..., :3] + (1 - share) * background(rgba.shape[1], rgba.shape[0])
    return np.rint(mixed).astype(np.uint8)


def turning_ball(count: int, device: torch.device) -> tuple[TexturedMesh, Camera, Frames]:
    """A mesh, the world cameras of frames, and the frames."""
    mesh = smooth_ball(FACES).to(device)
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


def measure(mesh: TexturedMesh, cameras: Camera, frames: Frames) -> list[dict[str, Any]]:
    """Track all frames but the first: a row for each, with the seconds it took and how far off it is."""
    tracker = ContourTracker(Renderer(mesh))
    tracker.start(frames[0], cameras[0])
    tracker.track(frames[0])  # kernels are loaded
    tracker.start(frames[0], cameras[0])
    center = mesh.center.cpu()
    size = mesh.radius * float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).norm())
    rows = []
    for number, frame in enumerate(frames[1:], start=1):
        wall, processor = time.perf_counter(), time.thread_time()
        tracked = tracker.track(frame)
        wall, processor = time.perf_counter() - wall, time.thread_time() - processor
        found, true = tracked.camera, cameras[number]
        apart = (found.rotation - true.rotation) @ center + found.translation - true.translation
        rows.append(
            {
                "frame": number,
                "seconds": wall,
                "processor": processor,
                "angle_deg": math.degrees(float(rotmat_geodesic_distance(found.rotation, true.rotation)[0])),
                "shift_percent": 100 * float(apart.norm()) / size,
                "contour": tracked.agreement.contour,
                "detail": tracked.agreement.detail,
                "lost": tracked.lost,
            }
        )
    return rows


def summarize(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row about all frames."""
    angles, shifts = (np.array([row[key] for row in rows]) for key in ("angle_deg", "shift_percent"))
    return [
        {
            "frames": len(rows),
            "wall": len(rows) / sum(row["seconds"] for row in rows),
            "processor": len(rows) / sum(row["processor"] for row in rows),
            "median_deg": float(np.median(angles)),
            "greatest_deg": float(angles.max()),
            "last_deg": float(angles[-1]),
            "median_percent": float(np.median(shifts)),
            "greatest_percent": float(shifts.max()),
            "within": f"{np.mean((angles < 5) & (shifts < 5)):.1%}",
            "lost": sum(row["lost"] for row in rows),
        }
    ]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, help="a list of pairs with ground truth; by default a ball is rendered")
    parser.add_argument("--frames", type=int, help="the first so many; 60 of the ball by default")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/tracking"))
    arguments = parser.parse_args(argv)
    device = torch.device(resolve_device(arguments.device))
    if arguments.pairs is None:
        subject = turning_ball(arguments.frames or 60, device)
    else:
        subject = read_pairs(arguments.pairs, arguments.frames, device)
    machine, folder = machine_line(device), arguments.output_dir
    rows = measure(*subject)
    report = f"{machine}\n\n{markdown_table(COLUMNS, summarize(rows))}\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tracking.md").write_text(report, encoding="utf-8")
    write_csv(folder / "tracking.csv", rows)
    lines = {"rotation, °": [(row["frame"], row["angle_deg"]) for row in rows]}
    lines["center, %"] = [(row["frame"], row["shift_percent"]) for row in rows]
    write_plot(folder / "tracking.png", [("errors", "frame", lines)], "degrees, percent of the diameter", steps=True)
    print(f"{report}\nTables and plot: {folder}")


if __name__ == "__main__":
    main()
