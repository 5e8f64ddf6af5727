"""Measure estimates of light on the scenes of scripts/make_light_scenes.py.

Usage: python scripts/measure_light.py SCENES_DIR [--methods none directional harmonics environment] [--ablate]
       [--pictures FOLDER] [--first 0] [--scenes N] [--output FILE.json] [--table FILE.md]

Of each scene the light is estimated from image.png with the true camera. Then, in sRGB from 0 to 1, root mean squares:

  self      the mesh under the light beside image.png, at the places that it was estimated from
  novel     the mesh under the same light beside novel.png, from another side
  inserted  the picture with the object put in beside inserted.png, where the object or its shadow is
  angle     degrees between the direction of most light and the true one

A table has the mean of each and the median angle, of each kind of scene too. With --ablate every method is also run
with each of its terms switched off (those that are off: on), and no object is put in: the table has what the light of
image.png explains of that picture and of the other one. --table writes it as Markdown.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from camera_estimation.configuration import Configuration, LightConfig
from camera_estimation.geometry import Camera, make_camera
from camera_estimation.io import text_table
from camera_estimation.lighting import Light, Photograph, estimate_light, light_registry, open_photograph, relight
from camera_estimation.lighting.insertion import GROUND, Ground, Placement, insert_object
from camera_estimation.mesh import TexturedMesh, load_mesh, srgb_from_linear
from camera_estimation.rendering import LightOccluder, Renderer

CHANGED = 4  # levels: a pixel that differs more between image.png and inserted.png shows the object or its shadow
Results = dict[str, dict[str, dict[str, float]]]  # by variant and scene


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


class RememberingOccluder(LightOccluder):
    """Asks about each direction once: what is measured of a scene asks for the same ones again and again."""

    def __init__(self, mesh: TexturedMesh) -> None:
        super().__init__(mesh)
        self._known: dict[bytes, dict[bytes, torch.Tensor]] = {}

    def find_unlit(self, points, normals, directions, group=None, known=None):
        if group is not None or known is not None:
            return super().find_unlit(points, normals, directions, group, known)
        columns = self._known.setdefault(points.numpy().tobytes(), {})
        keys = [direction.numpy().tobytes() for direction in directions[0]]
        lacking = [index for index, key in enumerate(keys) if key not in columns]
        if lacking:
            found = super().find_unlit(points, normals, directions[:, lacking])
            columns |= {keys[index]: found[:, column] for column, index in enumerate(lacking)}
        return torch.stack([columns[key] for key in keys], dim=1)


@dataclass(frozen=True)
class Scene:
    """A scene's files, opened."""

    name: str
    told: dict
    renderer: Renderer
    occluder: RememberingOccluder
    image: Photograph
    novel: Photograph
    inserted: Path


def open_scene(folder: Path) -> Scene:
    told = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    renderer = Renderer(load_mesh(folder / told["mesh"]))
    image, novel = (open_photograph(folder / f"{name}.png", camera_of(told[name])) for name in ("image", "novel"))
    return Scene(folder.name, told, renderer, RememberingOccluder(renderer.mesh), image, novel, folder / "inserted.png")


def compare_surface(scene: Scene, photograph: Photograph, light: Light, config: LightConfig) -> float:
    """Of the mesh under a light and as a photograph shows it."""
    surface, predicted = relight(photograph, scene.renderer, light, config, scene.occluder)
    seen = surface.known.all(1)
    return difference(srgb_from_linear(predicted[seen]), srgb_from_linear(surface.observed[seen]))


def compare_insertion(scene: Scene, light: Light, config: LightConfig, pictures: Path | None) -> float:
    """Of the picture with the object and its render, where either shows object or shadow."""
    inserted = load_mesh(scene.inserted.parent / scene.told["object"])
    placement = placement_of(scene.told)
    made = insert_object(scene.image, scene.renderer, inserted, placement, light, config).picture
    truth = np.asarray(Image.open(scene.inserted).convert("RGB"))
    shown = np.abs(truth.astype(int) - scene.image.pixels).max(-1) > CHANGED
    shown |= (made != scene.image.pixels).any(-1)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        side_by_side = Image.fromarray(np.hstack([scene.image.pixels, made, truth]))
        side_by_side.save(pictures / f"{scene.name}_{config.method}.png")
    return difference(made[shown] / 255, truth[shown] / 255)


def measure(scene: Scene, config: LightConfig, pictures: Path | None, insert: bool) -> dict[str, float]:
    """All measures of one scene; without ``insert`` that of the object is no number."""
    light = estimate_light(scene.image, scene.renderer, config, scene.occluder).light
    dominant = light.dominant_direction
    cosine = 0.0 if dominant is None else float(dominant @ np.array(scene.told["dominant_direction"]))
    return {
        "self": compare_surface(scene, scene.image, light, config),
        "novel": compare_surface(scene, scene.novel, light, config),
        "inserted": compare_insertion(scene, light, config, pictures) if insert else float("nan"),
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


def rows_of(results: Results, measures: tuple[str, ...]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: of all scenes, and the angle by kind of scene."""
    kinds = sorted({name.split("_")[1] for scenes in results.values() for name in scenes})
    headings = ["light", *measures, "median angle", *(f"angle {kind}" for kind in kinds)]
    rows = []
    for variant, scenes in results.items():
        row = [variant, *(f"{np.mean([values[key] for values in scenes.values()]):.4f}" for key in measures)]
        for kind in ("", *kinds):
            angles = [values["angle"] for name, values in scenes.items() if kind in name]
            row.append(f"{np.median(angles):.1f}")
        rows.append(row)
    return headings, rows


def markdown(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes_dir", type=Path)
    parser.add_argument("--methods", nargs="+", default=list(light_registry.names()))
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--pictures", type=Path, help="where image, picture with the object, and the true one go")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=None)
    parser.add_argument("--output", type=Path, help="all values as JSON; what is in it is not measured again")
    parser.add_argument("--table", type=Path, help="the table as Markdown")
    arguments = parser.parse_args()
    folders = sorted((arguments.scenes_dir / "scenes").iterdir())[arguments.first :][: arguments.scenes]
    measures = ("self", "novel") if arguments.ablate else ("self", "novel", "inserted")
    results: Results = {}
    if arguments.output is not None and arguments.output.is_file():
        results = json.loads(arguments.output.read_text(encoding="utf-8"))
    settings = dict(variants(arguments.methods, arguments.ablate))
    results = {name: results.get(name, {}) for name in settings}
    for folder in folders:
        lacking = [name for name in settings if folder.name not in results[name]]
        scene = open_scene(folder) if lacking else None
        for name in lacking:
            assert scene is not None
            values = measure(scene, settings[name], arguments.pictures, insert=not arguments.ablate)
            results[name][folder.name] = values
        if lacking:
            print(folder.name, flush=True)
            if arguments.output is not None:
                arguments.output.write_text(json.dumps(results, indent=1), encoding="utf-8")
    headings, rows = rows_of(results, measures)
    print("\n".join(text_table(headings, rows)))
    if arguments.table is not None:
        arguments.table.write_text(markdown(headings, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
