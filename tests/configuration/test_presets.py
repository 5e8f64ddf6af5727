from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.configuration import (
    Configuration,
    LevelConfig,
    LossConfig,
)
from camera_estimation.configuration.presets import (
    PRESET_FOLDER,
    choose_objective,
    load_preset,
    overlay_preset,
    preset_names,
    tomllib,
)
from camera_estimation.errors import InputError

MODELS = ("Hunyuan", "TRELLIS", "TripoSG", "Craftsman", "generic")


def keys(tree, prefix=""):
    for key, value in tree.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{key}.")


def test_presets_are_found_by_name():
    assert {"default", "fast", "accurate"} <= set(preset_names())
    assert set(preset_names("models")) == set(MODELS)


def test_default_preset_is_the_default_configuration():
    assert load_preset("default") == Configuration()


def test_default_preset_names_every_setting_but_those_of_a_model():
    written = tomllib.loads((PRESET_FOLDER / "default.toml").read_text())
    expected = {key for key in keys(Configuration().to_dict()) if key.split(".")[0] != "model"}
    assert set(keys(written)) == expected
    levels = written["refinement"]["levels"] + written["deformation"]["levels"]
    assert all(set(level) == set(LevelConfig.__dataclass_fields__) for level in levels)


@pytest.mark.parametrize("name", ["fast", "accurate", "v2m4"])
def test_other_presets_change_something(name):
    assert load_preset(name) != Configuration()


@pytest.mark.parametrize("name", MODELS)
def test_model_presets_describe_their_generator(name):
    config = load_preset(f"models/{name}")
    assert config.model.name == name
    assert config.model.up_axis == "+y"
    assert config.camera.fov_deg == 40.0
    assert (config.model.prior_weight > 0) == (name != "generic")


def test_presets_build_on_each_other():
    config = load_preset("fast", load_preset("models/Hunyuan"))
    assert config.model.name == "Hunyuan"
    assert config.search == load_preset("fast").search


def test_preset_of_the_ancestor():
    config = load_preset("v2m4")
    swarm = config.search.swarm
    assert (config.search.method, swarm.samples, swarm.particles, swarm.iterations) == ("pso", 1000, 100, 15)
    assert not config.search.orbit.roll
    assert (config.refinement.levels, config.loss.steps) == ((), 300)
    assert config.loss.name == Configuration().loss.name


def test_a_file_of_objectives_is_relative_to_the_settings(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[loss]\nfile = 'losses/edges.py'\n[[loss.terms]]\nterm = 'l1'\n")
    loss = load_preset(path).loss
    assert loss.file == str(tmp_path / "losses" / "edges.py")
    assert loss.terms == ({"term": "l1"},)


def test_file_of_settings(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("seed = 5\n[camera]\nroll = 'upright'\n")
    config = load_preset(path)
    assert (config.seed, config.camera.roll) == (5, "upright")
    path.write_text("seed = = 5")
    with pytest.raises(InputError, match=r"mine\.toml: not a valid TOML file"):
        load_preset(path)
    with pytest.raises(InputError, match="no such file, and no packaged preset"):
        load_preset(tmp_path / "other.toml")


@pytest.fixture
def with_options(tmp_path):
    """Settings for the objective l1l2, with an option of its."""
    path = tmp_path / "own.toml"
    path.write_text('[loss]\nname = "l1l2"\n[loss.options]\nl1_weight = 0.3\n')
    return load_preset(path)


@pytest.mark.parametrize("name", ["ssim", "silhouette_color"])
def test_options_of_an_objective_are_not_for_another_one(with_options, tmp_path, name):
    assert choose_objective(with_options, name).loss == LossConfig(name=name)
    path = tmp_path / "other.toml"
    path.write_text(f'seed = 3\n[loss]\nname = "{name}"\n')
    overlaid = overlay_preset(path, with_options)
    assert (overlaid.loss, overlaid.seed) == (LossConfig(name=name), 3)


@pytest.mark.parametrize("text", ["seed = 3", 'seed = 3\n[loss]\nname = "l1l2"'])
def test_options_stay_with_their_objective(with_options, tmp_path, text):
    path = tmp_path / "other.toml"
    path.write_text(text)
    assert overlay_preset(path, with_options).loss == with_options.loss
    assert choose_objective(with_options, None) == choose_objective(with_options, "l1l2") == with_options


def test_options_without_an_objective_are_for_whichever_is_named():
    config = replace(Configuration(), loss=LossConfig(options={"net": "alex"}))
    assert choose_objective(config, "lpips").loss == LossConfig(name="lpips", options={"net": "alex"})
