"""Make pictures as a lens with distortion shows them, of renders whose true cameras are known.

Usage: python scripts/distort_images.py SET OUTPUT_DIR --coefficients k1=-0.3 [--fisheye] [--size WIDTH HEIGHT]
       [--focal PIXELS] [--turn YAW PITCH] [--images NAME NAME ...]

SET has images/NAME.png (RGBA), gt/NAME.json (width, height, fx, fy, cx, cy, world_to_camera), meshes/ and pairs.csv.
The camera is turned by YAW and PITCH degrees about its own centre, so that the object is aside, and gets the lens.
OUTPUT_DIR receives images, gt, intrinsics.json and pairs.csv: camera-estimate --pairs OUTPUT_DIR/pairs.csv --intrinsics
OUTPUT_DIR/intrinsics.json, then camera-evaluate with pairs.csv as the ground truth.

The formulas are written anew here, by fixed-point iteration and from the definitions, as a second opinion.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

SAMPLES = 2  # a side of a pixel
ITERATIONS = 60
CONVERGED = 1e-3


def perspective_directions(x: np.ndarray, y: np.ndarray, k: dict[str, float]) -> np.ndarray:
    """Directions [..., 3] of points of the distorted image plane (Brown's model, rational)."""
    u, v = x.copy(), y.copy()
    for _ in range(ITERATIONS):
        r2 = u * u + v * v
        radial = (1 + k["k1"] * r2 + k["k2"] * r2**2 + k["k3"] * r2**3) / (
            1 + k["k4"] * r2 + k["k5"] * r2**2 + k["k6"] * r2**3
        )
        tangential_x = 2 * k["p1"] * u * v + k["p2"] * (r2 + 2 * u * u)
        tangential_y = k["p1"] * (r2 + 2 * v * v) + 2 * k["p2"] * u * v
        before, (u, v) = (u, v), ((x - tangential_x) / radial, (y - tangential_y) / radial)
    lost = ~(np.hypot(u - before[0], v - before[1]) < CONVERGED)  # beyond where the polynomial turns back
    u, v = np.where(lost, np.nan, u), np.where(lost, np.nan, v)
    return np.stack([u, v, np.ones_like(u)], axis=-1)


def fisheye_directions(x: np.ndarray, y: np.ndarray, k: dict[str, float]) -> np.ndarray:
    """Directions [..., 3] of points of the distorted image plane (equidistant)."""
    bent = np.hypot(x, y)
    angle = bent.copy()
    for _ in range(ITERATIONS):
        a2 = angle * angle
        angle = bent / (1 + k["k1"] * a2 + k["k2"] * a2**2 + k["k3"] * a2**3 + k["k4"] * a2**4)
    sine = np.where(bent > 0, np.sin(angle) / np.maximum(bent, 1e-12), 1.0)
    return np.stack([x * sine, y * sine, np.cos(angle)], axis=-1)


def turn_rotation(yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """From the axes of the camera as it was to those of the turned one: about y, then about x."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    return about_x @ about_y


def sample_directions(lens: dict, fisheye: bool, coefficients: dict[str, float]) -> np.ndarray:
    """Directions [H, W, 3] of samples of the lens's pixels, in its axes."""
    width, height = lens["width"], lens["height"]
    columns = (np.arange(width * SAMPLES) + 0.5) / SAMPLES
    rows = (np.arange(height * SAMPLES) + 0.5) / SAMPLES
    x, y = np.meshgrid((columns - lens["cx"]) / lens["fx"], (rows - lens["cy"]) / lens["fy"])
    with np.errstate(all="ignore"):
        return (fisheye_directions if fisheye else perspective_directions)(x, y, coefficients)


def distort(rgba: np.ndarray, camera: dict, directions: np.ndarray) -> np.ndarray:
    """The picture [H, W, 4] that a lens shows of what the pinhole ``camera`` shows in ``rgba``.

    Args:
        rgba: The pinhole's picture.
        camera: The pinhole.
        directions: Of samples of the lens's pixels, in axes of the pinhole.
    """
    height, width = (side // SAMPLES for side in directions.shape[:2])
    with np.errstate(all="ignore"):
        u = camera["fx"] * directions[..., 0] / directions[..., 2] + camera["cx"] - 0.5
        v = camera["fy"] * directions[..., 1] / directions[..., 2] + camera["cy"] - 0.5
    seen = (directions[..., 2] > 0) & np.isfinite(u) & np.isfinite(v)
    u, v = np.where(seen, u, -1e3), np.where(seen, v, -1e3)
    alpha = rgba[..., 3].astype(float) / 255
    layers = [rgba[..., channel] / 255 * alpha for channel in range(3)] + [alpha]
    shown = np.stack([ndimage.map_coordinates(layer, [v, u], order=3, mode="constant") for layer in layers], -1)
    shown = shown.reshape(height, SAMPLES, width, SAMPLES, 4).mean((1, 3)).clip(0, 1)
    straight = shown[..., :3] / np.maximum(shown[..., 3:], 1e-6)
    return np.round(255 * np.concatenate([straight.clip(0, 1), shown[..., 3:]], -1)).astype(np.uint8)


def parse_coefficients(words: list[str]) -> dict[str, float]:
    values = dict.fromkeys(("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2"), 0.0)
    values.update({name: float(value) for name, value in (word.split("=") for word in words)})
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--coefficients", nargs="*", default=[])
    parser.add_argument("--fisheye", action="store_true")
    parser.add_argument("--size", type=int, nargs=2)
    parser.add_argument("--focal", type=float)
    parser.add_argument("--turn", type=float, nargs=2, default=(0.0, 0.0))
    parser.add_argument("--images", nargs="*")
    arguments = parser.parse_args()
    coefficients = parse_coefficients(arguments.coefficients)
    rotation = turn_rotation(*arguments.turn)
    output = arguments.output_dir
    for folder in ("images", "gt"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    cameras, table = {}, [("mesh", "image", "gt")]
    sampled: dict[tuple, np.ndarray] = {}
    with (arguments.set / "pairs.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        name = Path(row["image"]).stem
        if arguments.images and name not in arguments.images:
            continue
        camera = json.loads((arguments.set / row["gt"]).read_text(encoding="utf-8"))
        width, height = arguments.size or (camera["width"], camera["height"])
        focal = arguments.focal or camera["fx"]
        lens = {"width": width, "height": height, "fx": focal, "fy": focal, "cx": width / 2, "cy": height / 2}
        rgba = np.asarray(Image.open(arguments.set / row["image"]).convert("RGBA"))
        key = tuple(lens.values())
        if key not in sampled:
            sampled[key] = sample_directions(lens, arguments.fisheye, coefficients) @ rotation  # inverted, of rows
        bent = distort(rgba, camera, sampled[key])
        Image.fromarray(bent).save(output / "images" / f"{name}.png")
        turn = np.eye(4)
        turn[:3, :3] = rotation
        pose = (turn @ np.array(camera["world_to_camera"])).tolist()
        (output / "gt" / f"{name}.json").write_text(json.dumps({**lens, "world_to_camera": pose}), encoding="utf-8")
        named = {key: value for key, value in coefficients.items() if value}
        cameras[f"{name}.png"] = {**lens, "camera_model": "fisheye" if arguments.fisheye else "opencv", **named}
        table.append((str((arguments.set / row["mesh"]).resolve()), f"images/{name}.png", f"gt/{name}.json"))
    (output / "intrinsics.json").write_text(json.dumps(cameras, indent=1) + "\n", encoding="utf-8")
    with (output / "pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(table)
    print(f"{len(cameras)} images; now run camera-estimate --pairs {output / 'pairs.csv'}")


if __name__ == "__main__":
    main()
