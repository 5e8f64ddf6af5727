"""Measure estimates of light on the scenes of scripts/make_light_scenes.py.

Usage: python scripts/measure_light.py SCENES_DIR [--methods none directional harmonics environment] [--ablate]
       [--pictures FOLDER] [--first 0] [--scenes N] [--output FILE.json]

Of each scene the light is estimated from image.png with the true camera. Then, in sRGB from 0 to 1, root mean squares:

  self      the mesh under the light beside image.png, at the places that it was estimated from
  novel     the mesh under the same light beside novel.png, from another side
  inserted  the picture with the object put in beside inserted.png, where the object or its shadow is
  angle     degrees between the direction of most light and the true one

A table has the mean of each and the median angle, of each kind of scene too. With --ablate every method is also run
with each of its terms switched (those that are off: on).
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from camera_estimation.configuration import Configuration, LightConfig
from camera_estimation.geometry import Camera, make_camera
from camera_estimation.io import text_table
from camera_estimation.lighting import Light, Photograph, estimate_light, light_registry, open_photograph, relight
from camera_estimation.lighting.insertion import GROUND, Ground, Placement, insert_object
from camera_estimation.mesh import load_mesh, srgb_from_linear
from camera_estimation.rendering import Renderer

CHANGED = 4  # levels: a pixel that differs more between image.png and inserted.png shows the object or its shadow
MEASURES = ("self", "novel", "inserted", "angle")


def camera_of(values: dict) -> Camera:
    pose = torch.tensor(values["world_to_camera"], dtype=torch.float64)[None]
    intrinsics = torch.tensor([values[key] for key in ("fx", "fy", "cx", "cy")], dtype=torch.float64)
    return make_camera(pose, intrinsics, values["width"], values["height"])


def placement_of(scene: dict) -> Placement:
    turn = math.radians(scene["turn_deg"])
    axes = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    ground = Ground(np.array(scene["up"]), scene["ground_height"])
    return Placement(np.array(scene["base"]), axes, scene["scale"], ground, GROUND)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(np.square(first - second).mean()))


def compare_surface(photograph: Photograph, renderer: Renderer, light: Light, config: LightConfig) -> float:
    """Of the mesh under a light and as a photograph shows it."""
    surface, predicted = relight(photograph, renderer, light, config)
    seen = surface.known.all(1)
    return difference(srgb_from_linear(predicted[seen]), srgb_from_linear(surface.observed[seen]))


def measure(folder: Path, config: LightConfig, pictures: Path | None) -> dict[str, float]:
    """All measures of one scene."""
    scene = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    renderer = Renderer(load_mesh(folder / scene["mesh"]))
    image, novel = (open_photograph(folder / f"{name}.png", camera_of(scene[name])) for name in ("image", "novel"))
    light = estimate_light(image, renderer, config).light
    inserted = load_mesh(folder / scene["object"])
    made = insert_object(image, renderer, inserted, placement_of(scene), light, config).picture
    truth = np.asarray(Image.open(folder / "inserted.png").convert("RGB"))
    shown = np.abs(truth.astype(int) - image.pixels).max(-1) > CHANGED
    shown |= (made != image.pixels).any(-1)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.hstack([image.pixels, made, truth])).save(pictures / f"{folder.name}_{config.method}.png")
    dominant = light.dominant_direction
    cosine = 0.0 if dominant is None else float(dominant @ np.array(scene["dominant_direction"]))
    return {
        "self": compare_surface(image, renderer, light, config),
        "novel": compare_surface(novel, renderer, light, config),
        "inserted": difference(made[shown] / 255, truth[shown] / 255),
        "angle": float("nan") if dominant is None else math.degrees(math.acos(max(-1.0, min(1.0, cosine)))),
    }


def variants(methods: list[str], ablate: bool) -> Iterator[tuple[str, LightConfig]]:
    """Names and settings of what is measured."""
    base = Configuration().light
    for method in methods:
        config = replace(base, method=method)
        yield method, config
        for term in light_registry.get(method).terms if ablate else ():
            value = getattr(config, term)
            other = not value if isinstance(value, bool) else 0.0
            yield f"{method} {'with' if other else 'without'} {term}", replace(config, **{term: other})


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """Of all scenes, and the angle by kind of scene."""
    kinds = sorted({name.split("_")[1] for scenes in results.values() for name in scenes})
    headings = ["light", *MEASURES[:3], "median angle", *(f"angle {kind}" for kind in kinds)]
    rows = []
    for variant, scenes in results.items():
        row = [variant, *(f"{np.mean([values[key] for values in scenes.values()]):.4f}" for key in MEASURES[:3])]
        for kind in ("", *kinds):
            angles = [values["angle"] for name, values in scenes.items() if kind in name]
            row.append(f"{np.median(angles):.1f}")
        rows.append(row)
    return "\n".join(text_table(headings, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes_dir", type=Path)
    parser.add_argument("--methods", nargs="+", default=list(light_registry.names()))
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--pictures", type=Path, help="where image, picture with the object, and the true one go")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=None)
    parser.add_argument("--output", type=Path, help="all values as JSON; what is in it is not measured again")
    arguments = parser.parse_args()
    folders = sorted((arguments.scenes_dir / "scenes").iterdir())[arguments.first :][: arguments.scenes]
    results: dict[str, dict[str, dict[str, float]]] = {}
    if arguments.output is not None and arguments.output.is_file():
        results = json.loads(arguments.output.read_text(encoding="utf-8"))
    for name, config in variants(arguments.methods, arguments.ablate):
        measured = results.setdefault(name, {})
        for folder in folders:
            if folder.name not in measured:
                measured[folder.name] = measure(folder, config, arguments.pictures)
                if arguments.output is not None:
                    arguments.output.write_text(json.dumps(results, indent=1), encoding="utf-8")
        print(table({name: measured}), flush=True)
    print(table(results))


if __name__ == "__main__":
    main()
