"""A comparison small enough for tests: two pictures of the packaged example, objectives of a file, a light search."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from PIL import Image, ImageEnhance

from camera_estimation.batch.example import EXAMPLE_FOLDER
from camera_estimation.cli.compare import main

SIZE = 128  # pixels of the pictures
SAMPLES = ("spot_00", "spot_01")
ODD_NAME = 'odd <b>&"name/..'
LIGHT = """
[search]
viewpoints = 200
rolls = 24
resolution = 48
candidates = 4
[[refinement.levels]]
resolution = 64
blur = 1.5
iterations = 4
keep = 2
[loss]
resolution = 64
steps = 3
"""
OBJECTIVES = f"""
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

@register_loss({ODD_NAME!r})
class Odd(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return (rendered_image - target_image).square().flatten(1).mean(1)

@register_loss("broken")
class Broken(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        raise RuntimeError("it never works")

@register_loss("absent")
class Absent(LossObjective):
    @classmethod
    def missing(cls, **options):
        return "absent: its weights are not here"

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        raise AssertionError("not ready")
"""


def write_inputs(folder: Path) -> Path:
    """meshes/, images/, truth/ (of the first sample only), intrinsics.json, light.toml and objectives.py."""
    for name in ("meshes", "images", "truth"):
        (folder / name).mkdir(parents=True)
    (folder / "meshes" / "spot.glb").write_bytes((EXAMPLE_FOLDER / "spot.glb").read_bytes())
    with Image.open(EXAMPLE_FOLDER / "spot.png") as file:
        scale = SIZE / file.width
        small = file.convert("RGBA").resize((SIZE, round(scale * file.height)), Image.Resampling.BOX)
    small.save(folder / "images" / "spot_00.png")
    ImageEnhance.Brightness(small).enhance(0.8).save(folder / "images" / "spot_01.png")
    camera = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
    focal = {key: scale * camera[key] for key in ("fx", "fy", "cx", "cy")}
    camera.update(focal, width=small.width, height=small.height)
    (folder / "truth" / "spot_00.json").write_text(json.dumps(camera))
    (folder / "intrinsics.json").write_text(json.dumps({f"{name}.png": focal for name in SAMPLES}))
    (folder / "light.toml").write_text(LIGHT)
    (folder / "objectives.py").write_text(OBJECTIVES)
    return folder


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def compare_flags(inputs: Path, *arguments: object, output: str = "experiments") -> list[str]:
    flags = (
        *("--input_dir", inputs / "meshes", "--source_images_dir", inputs / "images", "--device", "cpu"),
        *("--intrinsics", inputs / "intrinsics.json", "--config", inputs / "light.toml"),
        *("--output_base_dir", inputs / output, *arguments),
    )
    return [str(flag) for flag in flags]


def compare(inputs: Path, *arguments: object, output: str = "experiments") -> Result:
    return invoke(*compare_flags(inputs, *arguments, output=output))
