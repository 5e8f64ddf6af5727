"""The programs that make and measure scenes under known light."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
import torch

from camera_estimation.lighting import light_registry
from camera_estimation.lighting.insertion.placement import axes_of
from camera_estimation.rendering import LightOccluder
from tests.support.lit_meshes import unit
from tests.support.script_files import load_script
from tests.support.shapes import bumpy_ball

parts, make, measure = (load_script(name) for name in ("light_scenes.parts", "make_light_scenes", "measure_light"))


@pytest.mark.parametrize("scenes", make.SETS.values(), ids=make.SETS)
@pytest.mark.parametrize("kind", make.KINDS)
def test_lights_are_as_bright_as_they_say_and_where(scenes, kind):
    radiance, main = scenes.make_light(kind, np.random.default_rng(2), 30.0)
    ways = parts.map_directions(parts.MAP_ROWS)
    assert np.linalg.norm(main) == pytest.approx(1)
    assert radiance.min() >= 0
    tried = parts.map_directions(16).reshape(-1, 3)
    assert parts.shading_of(radiance, ways, tried).mean(-1).max() == pytest.approx(parts.BRIGHTEST)
    assert ways.reshape(-1, 3)[radiance.sum(-1).argmax()] @ main > math.cos(math.radians(40))


def test_cells_of_the_map_are_where_mitsuba_has_them():
    """Its first column is at -Z, and columns go towards +X; its first row is at +Y."""
    ways = parts.map_directions(64)
    assert ways[32, 0] == pytest.approx((0, 0, -1), abs=0.05)
    assert ways[32, 32] == pytest.approx((1, 0, 0), abs=0.05)
    assert ways[0, 5] == pytest.approx((0, 1, 0), abs=0.05)
    assert parts.direction_of(90, 0) == pytest.approx((1, 0, 0))


def test_an_even_map_shades_with_its_radiance():
    ways = parts.map_directions(64)
    shading = parts.shading_of(np.full((64, 128, 3), 0.7), ways, np.array([unit(1, 2, 3), unit(0, -1, 0)]))
    assert shading == pytest.approx(0.7, abs=2e-3)


@pytest.mark.parametrize("scenes", make.SETS.values(), ids=make.SETS)
def test_shapes_are_whole_and_textured(scenes):
    made = {**scenes.make_meshes(np.random.default_rng(0)), **scenes.make_objects(np.random.default_rng(0))}
    assert len(made) == 8
    for mesh in made.values():
        assert len(mesh.visual.uv) == len(mesh.vertices)
        assert np.isfinite(mesh.vertices).all()
        outward = (mesh.triangles_center - mesh.vertices.mean(0)) * mesh.face_normals
        assert (outward.sum(-1) * mesh.area_faces).sum() > 0
    assert np.all(np.less(scenes.ground_color(np.random.default_rng(0)), 0.65))


def test_the_sets_have_no_shape_in_common():
    tuned, held_out = (set(scenes.make_meshes(np.random.default_rng(0))) for scenes in make.SETS.values())
    assert not tuned & held_out


def test_what_was_asked_about_a_direction_is_not_asked_again(monkeypatch):
    mesh = bumpy_ball(12, 12)
    random = np.random.default_rng(0)
    ways = torch.nn.functional.normalize(torch.from_numpy(random.normal(size=(1, 20, 3))), dim=-1)
    normals = torch.nn.functional.normalize(torch.from_numpy(random.normal(size=(50, 3))), dim=-1)
    points = mesh.center.double() + 1.2 * mesh.radius * normals
    occluder, plain = measure.RememberingOccluder(mesh), LightOccluder(mesh)
    assert occluder.find_unlit(points, normals, ways[:, :12]).equal(plain.find_unlit(points, normals, ways[:, :12]))
    asked = []
    monkeypatch.setattr(
        LightOccluder,
        "find_unlit",
        lambda self, points, normals, directions, *rest, found=LightOccluder.find_unlit: (
            asked.append(directions.shape[1]) or found(self, points, normals, directions, *rest)
        ),
    )
    again = occluder.find_unlit(points, normals, ways[:, 4:])
    assert asked == [8]
    assert again.equal(plain.find_unlit(points, normals, ways[:, 4:]))


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
    table = tmp_path / "table.md"
    monkeypatch.setattr(
        sys, "argv", ["measure", str(tmp_path), "--ablate", "--methods", "directional", "--table", str(table)]
    )
    measure.main()
    rows = [line.strip("| ").split(" | ") for line in table.read_text().splitlines()]
    assert rows[0][:4] == ["light", "self", "novel", "median angle"]
    assert [row[0] for row in rows[2:]] == list(dict(measure.variants(["directional"], ablate=True)))
    assert float(rows[2][2]) == pytest.approx(values["directional"]["novel"], abs=1e-4)
