"""Make scenes under known light, to measure how well light is estimated and what inserted objects look like in it.

Usage: python scripts/make_light_scenes.py OUTPUT_DIR [--scenes 20] [--first 0] [--size 256] [--samples 64] [--seed 0]

Needs the path tracer Mitsuba, which knows nothing of this project: pip install mitsuba. A mesh (the packaged example,
and meshes made here) stands on a matt ground under a sun in a blue sky, in a room with a window, or in a studio with
lamps. Light goes from surface to surface. Of each scene there are three pictures: image.png, novel.png (the same from
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
from PIL import Image

EXAMPLE = Path(__file__).parents[1] / "camera_estimation" / "examples" / "spot.glb"
MAP_ROWS = 128  # of the environment maps that are rendered with
FOV_DEG = 35.0
BRIGHTEST = 0.9  # shading of a white surface that faces most light: nothing is overexposed
NOISE = 0.004  # standard deviation of the pictures', in sRGB
MOST_BOUNCES = 5
INSERTED_SIZE = 0.6  # of the mesh's longest side
KINDS = ("sun", "window", "studio")


def map_directions(rows: int) -> np.ndarray:
    """Directions of the cells of Mitsuba's environment maps, rows x 2 rows x 3."""
    polar = (np.arange(rows) + 0.5) * math.pi / rows
    around = (np.arange(2 * rows) + 0.5) * math.pi / rows
    polar, around = np.meshgrid(polar, around, indexing="ij")
    return np.stack([np.sin(around) * np.sin(polar), np.cos(polar), -np.cos(around) * np.sin(polar)], axis=-1)


def direction_of(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """Azimuth 0 is +Z, 90 degrees is +X."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    return np.array([level * math.sin(azimuth), math.sin(elevation), level * math.cos(azimuth)])


def add_panel(radiance: np.ndarray, ways: np.ndarray, center: np.ndarray, size_deg: tuple[float, float], color) -> None:
    """A bright rectangle, ``size_deg`` wide and high."""
    right = np.cross([0.0, 1.0, 0.0], center)
    right /= np.linalg.norm(right)
    up = np.cross(center, right)
    ahead = ways @ center
    across, along = (np.degrees(np.arctan2(ways @ axis, np.maximum(ahead, 1e-6))) for axis in (right, up))
    inside = (ahead > 0) & (np.abs(across) < size_deg[0] / 2) & (np.abs(along) < size_deg[1] / 2)
    radiance[inside] += np.asarray(color)


def shading_of(radiance: np.ndarray, ways: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Irradiance over pi of open surfaces."""
    rows = radiance.shape[0]
    area = np.sin((np.arange(rows) + 0.5) * math.pi / rows) * (math.pi / rows) ** 2
    weighted = (radiance * area[:, None, None]).reshape(-1, 3)
    return np.maximum(normals @ ways.reshape(-1, 3).T, 0) @ weighted / math.pi


def make_light(kind: str, random: np.random.Generator, camera_azimuth_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Radiance of an environment map, and the direction of most light."""
    ways = map_directions(MAP_ROWS)
    height = ways[..., 1]
    # From all sides but right behind what the camera sees.
    azimuth = camera_azimuth_deg + random.choice([-1, 1]) * random.uniform(15, 130)
    if kind == "sun":
        main = direction_of(azimuth, random.uniform(20, 65))
        nearness = np.maximum(ways @ main, 0)
        sky = np.array([0.35, 0.5, 0.85]) * (0.6 + 0.5 * np.clip(height, 0, 1)[..., None] + nearness[..., None] ** 8)
        radiance = np.where(height[..., None] > 0, sky, np.array([0.2, 0.18, 0.15]))
        disc = ways @ main > math.cos(math.radians(2.5))
        even = shading_of(radiance, ways, main[None])[0].mean()
        lone = shading_of(disc[..., None] * np.ones(3), ways, main[None])[0].mean()
        radiance[disc] += np.array([1.0, 0.93, 0.82]) * even / lone * random.uniform(1.0, 3.0)
    elif kind == "window":
        main = direction_of(azimuth, random.uniform(8, 35))
        room = np.array([0.10, 0.09, 0.075]) * (1 + 0.4 * np.clip(height, -1, 1)[..., None])
        radiance = np.broadcast_to(room, ways.shape).copy()
        size = random.uniform(35, 60), random.uniform(30, 50)
        add_panel(radiance, ways, main, size, np.array([1.0, 1.1, 1.3]) * random.uniform(2.0, 4.0))
        lamp = direction_of(azimuth + random.uniform(120, 240), random.uniform(40, 70))
        add_panel(radiance, ways, lamp, (12, 12), np.array([1.6, 1.1, 0.6]))
    else:
        main = direction_of(azimuth, random.uniform(30, 55))
        radiance = np.full(ways.shape, 0.06)
        add_panel(radiance, ways, main, (30, 30), np.array([6.0, 5.8, 5.5]) * random.uniform(0.8, 1.3))
        add_panel(radiance, ways, direction_of(azimuth + random.choice([-1, 1]) * 100, 20), (40, 40), [0.7, 0.75, 0.9])
        add_panel(radiance, ways, direction_of(camera_azimuth_deg + 180, 35), (15, 40), [1.5, 1.5, 1.5])
    tried = map_directions(16).reshape(-1, 3)
    return radiance * BRIGHTEST / shading_of(radiance, ways, tried).mean(-1).max(), main


def noise_texture(random: np.random.Generator, size: int = 256) -> Image.Image:
    """Colorful patches, none of them black."""
    noise = np.zeros((size, size, 3))
    for cells in (3, 6, 12, 24):
        coarse = Image.fromarray((random.random((cells, cells, 3)) * 255).astype(np.uint8))
        noise += np.asarray(coarse.resize((size, size), Image.BICUBIC)) / math.sqrt(cells)
    noise = (noise - noise.min((0, 1))) / np.ptp(noise, axis=(0, 1))
    return Image.fromarray((60 + 170 * noise).round().astype(np.uint8))


def lathe(radius: np.ndarray, height: np.ndarray, texture: Image.Image, around: int = 96) -> trimesh.Trimesh:
    """A body of revolution about +Y, lying open where its profile does."""
    v, u = np.meshgrid(np.arange(len(radius)), np.arange(around + 1), indexing="ij")
    angle = 2 * math.pi * u / around
    points = np.stack([radius[v] * np.sin(angle), height[v], radius[v] * np.cos(angle)], axis=-1).reshape(-1, 3)
    index = np.arange(len(points)).reshape(v.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    uv = np.stack([u / around, v / (len(radius) - 1)], axis=-1).reshape(-1, 2)
    return textured(points, faces, uv, texture)


def textured(points: np.ndarray, faces: np.ndarray, uv: np.ndarray, texture: Image.Image) -> trimesh.Trimesh:
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=1.0)
    visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return trimesh.Trimesh(points, faces, visual=visual, process=False)


def make_meshes(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Known meshes by name, +Y up."""
    t = np.linspace(0, 1, 60)
    angle = math.pi * np.linspace(0, 1, 49)
    spot = trimesh.load(EXAMPLE, force="mesh", process=False)
    spot = textured(spot.vertices, spot.faces, spot.visual.uv, spot.visual.material.baseColorTexture.convert("RGB"))
    ball = lathe(np.sin(angle), -np.cos(angle), noise_texture(random))
    x, y, z = ball.vertices.T
    lumps = 1 + 0.2 * np.sin(3 * x + 1) * np.cos(2 * y) + 0.15 * np.sin(4 * z + 2 * x)
    bumpy = textured(ball.vertices * lumps[:, None], ball.faces, ball.visual.uv, noise_texture(random))
    profile = 0.35 + 0.2 * np.sin(5.5 * t) + 0.05 * t
    vase = lathe(np.r_[0, profile, 0.0], np.r_[0, 1.6 * t, 1.6], noise_texture(random))
    turn = 2 * math.pi * np.linspace(0, 1, 65)
    ring = lathe(0.7 + 0.3 * np.cos(turn), 0.3 * np.sin(turn), noise_texture(random))
    return {"spot": spot, "bumpy": bumpy, "vase": vase, "ring": ring, "box": make_box(noise_texture(random))}


def make_box(texture: Image.Image, size=(1.0, 0.7, 0.8)) -> trimesh.Trimesh:
    """Each side is a part of the texture, with vertices of its own."""
    points, faces, uv = [], [], []
    for side in range(6):
        axis, sign = side // 2, 1 - 2 * (side % 2)
        s, t = np.array([0, 1, 1, 0.0]), np.array([0, 0, 1, 1.0])
        corner = np.zeros((4, 3))
        corner[:, axis], corner[:, (axis + 1) % 3], corner[:, (axis + 2) % 3] = sign / 2, s - 0.5, sign * (t - 0.5)
        points.append(corner * size)
        faces.append(np.array([[0, 1, 2], [0, 2, 3]]) + 4 * side)
        uv.append(np.stack([(side % 3 + s) / 3, (side // 3 + t) / 2], axis=-1))
    return textured(np.concatenate(points), np.concatenate(faces), np.concatenate(uv), texture)


def make_objects(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Objects to insert."""
    angle = math.pi * np.linspace(0, 1, 49)
    cup = lathe(
        np.array([0, 0.3, 0.3, 0.42, 0.45, 0.4, 0.28, 0]),
        np.array([0, 0, 0.05, 0.8, 0.8, 0.75, 0.1, 0.1]),
        noise_texture(random),
    )
    pale = Image.new("RGB", (8, 8), (205, 200, 195))
    return {"cup": cup, "ball": lathe(np.sin(angle), -np.cos(angle), pale), "block": make_box(pale, (1, 1, 1))}


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


def make_scene(folder: Path, name: str, number: int, known, inserted, arguments: argparse.Namespace) -> dict:
    """Render one scene; returns what scene.json has."""
    import mitsuba as mi

    random = np.random.default_rng([arguments.seed, number])
    mesh_name, mesh = known
    object_name, thing = inserted
    floor = float(mesh.vertices[:, 1].min())
    size = float(np.ptp(mesh.vertices, axis=0).max())
    middle = (mesh.vertices.min(0) + mesh.vertices.max(0)) / 2
    azimuth, elevation = random.uniform(0, 360), random.uniform(12, 40)
    radiance, main = make_light(KINDS[number % len(KINDS)], random, azimuth)
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
    gray = {"type": "rgb", "value": [random.uniform(0.25, 0.55)] * 3}
    ground = {"type": "rectangle", "to_world": plane, "bsdf": {"type": "diffuse", "reflectance": gray}}
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
    arguments = parser.parse_args()
    try:
        import mitsuba as mi
    except ImportError:
        raise SystemExit("Mitsuba is not installed; to make scenes: pip install mitsuba") from None
    mi.set_variant("scalar_rgb")
    mi.set_log_level(mi.LogLevel.Error)
    random = np.random.default_rng([arguments.seed, 1])
    meshes, objects = make_meshes(random), make_objects(random)
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
            make_scene(folder, name, number, known, inserted, arguments)
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
