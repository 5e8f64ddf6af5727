"""Make scenes under known light, to measure how well light is estimated and what inserted objects look like in it.

Usage: python scripts/make_light_scenes.py OUTPUT_DIR [--scenes 20] [--first 0] [--size 256] [--samples 64] [--seed 0]
       [--set held_out]

Needs the path tracer Mitsuba, which knows nothing of this project: pip install mitsuba. A mesh stands on a matt ground
under a sun in the sky, in a room with a window, or in a studio with lamps. The set "tuned" has the packaged example and
made shapes; "held_out" has other shapes and makes each light in another way, and nothing was chosen on it.
Light goes from surface to surface. Of each scene there are three pictures: image.png, novel.png (the same from
elsewhere) and inserted.png (image.png with another object beside the mesh).
OUTPUT_DIR receives scenes/NAME/ with the pictures and scene.json (cameras, the direction of most light, where the
object stands), meshes/, and pairs.csv and intrinsics.json for camera-estimate. scripts/measure_light.py reads it.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from pathlib import Path

import numpy as np
import trimesh
from light_scenes import held_out, tuned
from light_scenes.parts import KINDS, direction_of
from PIL import Image

FOV_DEG = 35.0
NOISE = 0.004  # standard deviation of the pictures', in sRGB
MOST_BOUNCES = 5
INSERTED_SIZE = 0.6  # of the mesh's longest side
SETS = {"tuned": tuned, "held_out": held_out}


def look_at(center: np.ndarray, target: np.ndarray) -> np.ndarray:
    """World to camera, OpenCV axes, upright."""
    forward = (target - center) / np.linalg.norm(target - center)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, -rotation @ center
    return pose


def write_obj(mesh: trimesh.Trimesh, folder: Path, name: str) -> dict:
    """The files of a mesh, and what Mitsuba is told of it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"v {x} {y} {z}" for x, y, z in mesh.vertices] + [f"vt {u} {v}" for u, v in mesh.visual.uv]
    lines += ["f " + " ".join(f"{index + 1}/{index + 1}" for index in face) for face in mesh.faces]
    (folder / f"{name}.obj").write_text("\n".join(lines) + "\n")
    mesh.visual.material.baseColorTexture.save(folder / f"{name}.png")
    texture = {"type": "bitmap", "filename": str(folder / f"{name}.png")}
    matt = {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": texture}}
    return {"type": "obj", "filename": str(folder / f"{name}.obj"), "bsdf": matt}


def render(parts: dict, pose: np.ndarray, size: int, samples: int, seed: int) -> np.ndarray:
    """Linear RGB."""
    import mitsuba as mi

    to_world = np.linalg.inv(pose) @ np.diag([-1.0, -1.0, 1.0, 1.0])
    film = {"type": "hdrfilm", "width": size, "height": size, "rfilter": {"type": "box"}, "pixel_format": "rgb"}
    sensor = {
        "type": "perspective",
        "fov": FOV_DEG,
        "fov_axis": "y",
        "near_clip": 0.01,
        "to_world": mi.ScalarTransform4f(to_world),
        "film": film,
        "sampler": {"type": "multijitter", "sample_count": samples, "seed": seed},
    }
    scene = {"type": "scene", "integrator": {"type": "path", "max_depth": MOST_BOUNCES}, "sensor": sensor, **parts}
    return np.array(mi.render(mi.load_dict(scene)))


def save_picture(linear: np.ndarray, path: Path, random: np.random.Generator) -> None:
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    srgb = srgb + NOISE * random.standard_normal(srgb.shape)
    Image.fromarray(np.round(255 * np.clip(srgb, 0, 1)).astype(np.uint8)).save(path)


def make_scene(folder: Path, number: int, known, inserted, arguments: argparse.Namespace) -> dict:
    """Render one scene; returns what scene.json has."""
    import mitsuba as mi

    random = np.random.default_rng([arguments.seed, number])
    mesh_name, mesh = known
    object_name, thing = inserted
    floor = float(mesh.vertices[:, 1].min())
    size = float(np.ptp(mesh.vertices, axis=0).max())
    middle = (mesh.vertices.min(0) + mesh.vertices.max(0)) / 2
    azimuth, elevation = random.uniform(0, 360), random.uniform(12, 40)
    scenes = SETS[arguments.set]
    radiance, main = scenes.make_light(KINDS[number % len(KINDS)], random, azimuth)
    away = 3.6 * size
    eye = middle + away * direction_of(azimuth, elevation)
    other = middle + away * direction_of(azimuth + random.choice([-1, 1]) * random.uniform(40, 80), elevation)
    pose = look_at(eye, middle)
    side = random.choice([-1, 1])
    scale = INSERTED_SIZE * size / float(np.ptp(thing.vertices, axis=0).max())
    low, high = thing.vertices.min(0), thing.vertices.max(0)
    foot = scale * (thing.vertices - [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    width = float(np.linalg.norm(foot[:, [0, 2]], axis=1).max())
    right = pose[0, :3] * side
    reach = float(((mesh.vertices - middle) @ right).max())
    base = middle + (reach + 1.05 * width) * right + 0.3 * width * direction_of(azimuth, 0)
    base[1] = floor
    turn = random.uniform(0, 360)
    spin = trimesh.transformations.rotation_matrix(math.radians(turn), [0, 1, 0])[:3, :3]
    placed = thing.copy()
    placed.vertices = foot @ spin.T + base
    files = folder / "files"
    plane = mi.ScalarTransform4f().translate([middle[0], floor, middle[2]]).rotate([1, 0, 0], -90).scale(20 * size)
    color = {"type": "rgb", "value": scenes.ground_color(random)}
    ground = {"type": "rectangle", "to_world": plane, "bsdf": {"type": "diffuse", "reflectance": color}}
    sky = {"type": "envmap", "bitmap": mi.Bitmap(np.ascontiguousarray(radiance.astype(np.float32)))}
    parts = {"ground": ground, "sky": sky, "known": write_obj(mesh, files, mesh_name)}
    both = {**parts, "inserted": write_obj(placed, files, "inserted")}
    for picture, shown, camera in (
        ("image", parts, pose),
        ("novel", parts, look_at(other, middle)),
        ("inserted", both, pose),
    ):
        linear = render(shown, camera, arguments.size, arguments.samples, number)
        save_picture(linear, folder / f"{picture}.png", random)
    focal = arguments.size / (2 * math.tan(math.radians(FOV_DEG) / 2))
    values = {"width": arguments.size, "height": arguments.size, "fx": focal, "fy": focal}
    values |= {"cx": arguments.size / 2, "cy": arguments.size / 2}
    tree = {
        "kind": KINDS[number % len(KINDS)],
        "mesh": f"../../meshes/{mesh_name}.glb",
        "object": f"../../meshes/{object_name}.glb",
        "image": {**values, "world_to_camera": pose.tolist()},
        "novel": {**values, "world_to_camera": look_at(other, middle).tolist()},
        "dominant_direction": main.tolist(),
        "up": [0.0, 1.0, 0.0],
        "ground_height": floor,
        "base": base.tolist(),
        "scale": scale,
        "turn_deg": turn,
    }
    (folder / "scene.json").write_text(json.dumps(tree, indent=1), encoding="utf-8")
    (folder / "gt.json").write_text(json.dumps(tree["image"], indent=1), encoding="utf-8")
    return tree


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="go on from this one")
    parser.add_argument("--size", type=int, default=256, help="pixels a side")
    parser.add_argument("--samples", type=int, default=64, help="a pixel")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", choices=tuple(SETS), default="tuned")
    arguments = parser.parse_args()
    try:
        import mitsuba as mi
    except ImportError:
        raise SystemExit("Mitsuba is not installed; to make scenes: pip install mitsuba") from None
    mi.set_variant("scalar_rgb")
    mi.set_log_level(mi.LogLevel.Error)
    random = np.random.default_rng([arguments.seed, 1])
    scenes = SETS[arguments.set]
    meshes, objects = scenes.make_meshes(random), scenes.make_objects(random)
    (arguments.output_dir / "meshes").mkdir(parents=True, exist_ok=True)
    for name, mesh in {**meshes, **objects}.items():
        mesh.export(arguments.output_dir / "meshes" / f"{name}.glb")
    rows, intrinsics = [["mesh", "image", "gt"]], {}
    for number in range(arguments.scenes):
        known = list(meshes.items())[number % len(meshes)]
        inserted = list(objects.items())[(number // 2) % len(objects)]
        name = f"{number:02d}_{KINDS[number % len(KINDS)]}_{known[0]}"
        folder = arguments.output_dir / "scenes" / name
        folder.mkdir(parents=True, exist_ok=True)
        if number >= arguments.first:
            make_scene(folder, number, known, inserted, arguments)
            print(name, flush=True)
        rows.append([f"meshes/{known[0]}.glb", f"scenes/{name}/image.png", f"scenes/{name}/gt.json"])
        told = json.loads((folder / "scene.json").read_text(encoding="utf-8"))["image"]
        intrinsics[f"scenes/{name}/image.png"] = {key: told[key] for key in ("width", "height", "fx", "fy", "cx", "cy")}
    with (arguments.output_dir / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    (arguments.output_dir / "intrinsics.json").write_text(json.dumps(intrinsics, indent=1), encoding="utf-8")
    print(f"{arguments.scenes} scenes in {arguments.output_dir}")


if __name__ == "__main__":
    main()
