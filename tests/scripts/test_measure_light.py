"""The programs that make and measure scenes under known light."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from camera_estimation.lighting import light_registry
from camera_estimation.lighting.insertion.placement import axes_of
from tests.support.lit_meshes import unit

SCRIPTS = Path(__file__).parents[2] / "scripts"


def load_script(name: str):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make, measure = load_script("make_light_scenes"), load_script("measure_light")


@pytest.mark.parametrize("kind", make.KINDS)
def test_lights_are_as_bright_as_they_say_and_where(kind):
    radiance, main = make.make_light(kind, np.random.default_rng(2), 30.0)
    ways = make.map_directions(make.MAP_ROWS)
    assert np.linalg.norm(main) == pytest.approx(1)
    assert radiance.min() >= 0
    tried = make.map_directions(16).reshape(-1, 3)
    assert make.shading_of(radiance, ways, tried).mean(-1).max() == pytest.approx(make.BRIGHTEST)
    assert ways.reshape(-1, 3)[radiance.sum(-1).argmax()] @ main > math.cos(math.radians(40))


def test_cells_of_the_map_are_where_mitsuba_has_them():
    """Its first column is at -Z, and columns go towards +X; its first row is at +Y."""
    ways = make.map_directions(64)
    assert ways[32, 0] == pytest.approx((0, 0, -1), abs=0.05)
    assert ways[32, 32] == pytest.approx((1, 0, 0), abs=0.05)
    assert ways[0, 5] == pytest.approx((0, 1, 0), abs=0.05)
    assert make.direction_of(90, 0) == pytest.approx((1, 0, 0))


def test_an_even_map_shades_with_its_radiance():
    ways = make.map_directions(64)
    shading = make.shading_of(np.full((64, 128, 3), 0.7), ways, np.array([unit(1, 2, 3), unit(0, -1, 0)]))
    assert shading == pytest.approx(0.7, abs=2e-3)


def test_an_object_is_turned_as_the_scene_says():
    scene = {"turn_deg": 30.0, "up": [0.0, 1.0, 0.0], "ground_height": 0.0, "base": [1.0, 0.0, 2.0], "scale": 0.5}
    placement = measure.placement_of(scene)
    assert np.linalg.det(placement.axes) == pytest.approx(1)
    assert placement.axes[:, 2] == pytest.approx((math.sin(math.radians(30)), 0, math.cos(math.radians(30))))
    assert axes_of(placement.ground.up) == pytest.approx(np.eye(3))


def test_each_term_is_switched_once():
    found = dict(measure.variants(["directional", "harmonics"], ablate=True))
    terms = {name: cls.terms for name, cls in light_registry.classes().items()}
    assert len(found) == 2 + len(terms["directional"]) + len(terms["harmonics"])
    assert found["harmonics without ridge"].ridge == 0
    assert not found["directional without texture_gain"].texture_gain
    assert not found["directional without self_occlusion"].self_occlusion
    assert list(dict(measure.variants(["none"], ablate=True))) == ["none"]


@pytest.mark.slow
def test_a_scene_is_made_and_measured(tmp_path, monkeypatch, capsys):
    pytest.importorskip("mitsuba")
    small = ["--scenes", "1", "--size", "96", "--samples", "16"]
    monkeypatch.setattr(sys, "argv", ["make", str(tmp_path), *small])
    make.main()
    folder = tmp_path / "scenes" / "00_sun_spot"
    assert {path.name for path in folder.glob("*.png")} == {"image.png", "novel.png", "inserted.png"}
    output = tmp_path / "measured.json"
    methods = ["--methods", "none", "directional", "--output", str(output), "--pictures", str(tmp_path / "pictures")]
    monkeypatch.setattr(sys, "argv", ["measure", str(tmp_path), *methods])
    measure.main()
    values = {name: scenes["00_sun_spot"] for name, scenes in json.loads(output.read_text()).items()}
    assert values["directional"]["angle"] < 15
    for key in ("self", "novel", "inserted"):
        assert values["directional"][key] < 0.5 * values["none"][key]
    assert "median angle" in capsys.readouterr().out
    assert len(list((tmp_path / "pictures").iterdir())) == 2
