"""Milliseconds per view of rendering, and of rendering with the gradient of a loss in the pose.

Usage: python scripts/benchmark_rendering.py [--device cpu] [--repeats 30] [--csv FILE]

Views are 256 x 256 pixels of a lumpy ball that fills a quarter of the picture. Times are medians after a warm-up;
machines differ and are shared, so compare rows of one run.
"""

from __future__ import annotations

import argparse
import csv
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import camera_estimation  # noqa: F401  # isort: skip  # before torch: it sets how torch's threads wait
import numpy as np
import torch

from camera_estimation.camera import Camera, displaced, look_at_rotation
from camera_estimation.mesh import Texture, TexturedMesh
from camera_estimation.rendering.device import resolve_device
from camera_estimation.rendering.renderer import Renderer

SIZE = 256
FACE_COUNTS = (5_000, 94_000, 500_000)
WARM_UP = 5


def lumpy_ball(faces: int) -> TexturedMesh:
    """A closed textured mesh of about ``faces`` triangles."""
    rows = round(math.sqrt(faces / 2))
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    polar, azimuth = np.pi * v, 2 * np.pi * u
    unit = np.stack([np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], -1)
    points = (unit * (1 + 0.2 * np.sin(4 * unit[..., :1] + 2 * unit[..., 2:]))).reshape(-1, 3)
    index = np.arange((rows + 1) ** 2).reshape(rows + 1, rows + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    texels = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    return TexturedMesh(
        path=Path("lumpy_ball.glb"),
        vertices=torch.as_tensor(points / np.linalg.norm(points, axis=1).max(), dtype=torch.float32),
        faces=torch.as_tensor(triangles, dtype=torch.int32),
        uv=torch.as_tensor(np.stack([u, v], -1).reshape(-1, 2), dtype=torch.float32),
        vertex_colors=torch.ones(len(points), 3),
        face_texture=torch.zeros(len(triangles), dtype=torch.int32),
        textures=(Texture(torch.as_tensor(texels)),),
        centre=torch.zeros(3, dtype=torch.float64),
        radius=1.0,
    )


def view(device: torch.device) -> Camera:
    forward = torch.nn.functional.normalize(torch.tensor([[-0.5, -0.4, -1.0]], device=device), dim=1)
    return Camera(
        rotation=look_at_rotation(forward, torch.tensor([0.0, 1.0, 0.0], device=device)),
        translation=torch.tensor([[0.0, 0.0, 4.6]], device=device),
        focal=torch.full((1, 2), SIZE * 1.37, device=device),
        principal_point=torch.full((1, 2), SIZE / 2, device=device),
        width=SIZE,
        height=SIZE,
    )


def median_milliseconds(call: Callable[[], None], repeats: int, device: torch.device) -> float:
    times = []
    for repeat in range(WARM_UP + repeats):
        start = time.perf_counter()
        call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if repeat >= WARM_UP:
            times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def measure(faces: int, repeats: int, device: torch.device) -> dict[str, float]:
    mesh = lumpy_ball(faces).to(device)
    renderer, camera = Renderer(mesh), view(device)
    step = torch.zeros(1, 6, device=device, requires_grad=True)

    def forward_and_gradient() -> None:
        step.grad = None
        drawn = renderer.render(displaced(camera, step))
        (drawn.image.square().sum() + drawn.mask.square().sum()).backward()

    return {
        "faces": len(mesh.faces),
        "draw_ms": median_milliseconds(lambda: renderer.draw(camera), repeats, device),
        "render_ms": median_milliseconds(lambda: renderer.render(camera), repeats, device),
        "render_and_gradient_ms": median_milliseconds(forward_and_gradient, repeats, device),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--csv", type=Path, help="write the table here too")
    arguments = parser.parse_args()
    device = resolve_device(arguments.device)
    rows = [measure(faces, arguments.repeats, device) for faces in FACE_COUNTS]
    print(f"one {SIZE} x {SIZE} view, {device}, {torch.get_num_threads()} threads, median of {arguments.repeats}\n")
    print("| faces | draw, ms | render, ms | render and gradient, ms |")
    print("|---:|---:|---:|---:|")
    for row in rows:
        print(f"| {row['faces']} | " + " | ".join(f"{row[key]:.1f}" for key in list(row)[1:]) + " |")
    if arguments.csv:
        with arguments.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
