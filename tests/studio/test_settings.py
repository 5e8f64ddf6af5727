"""The form of all settings, and the way back from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from camera_estimation.configuration import Configuration, load_preset, preset_names
from camera_estimation.errors import InputError
from camera_estimation.export import exporter_registry
from camera_estimation.losses import loss_names
from camera_estimation.segmentation import segmenter_registry

tomli_w = pytest.importorskip("tomli_w", reason="the extra studio is not installed")

from camera_estimation.studio.settings import (  # noqa: E402
    form_values,
    parse_choice,
    plugin_tables,
    setting_paths,
    settings_toml,
)

GROUPS = form_values(Configuration())
FIELDS = {field["path"]: field for group in GROUPS for field in group["fields"]}


def leaves(tree: Any, path: str = "") -> list[str]:
    if not isinstance(tree, dict) or not tree:
        return [path]
    return [leaf for key, value in tree.items() for leaf in leaves(value, f"{path}.{key}" if path else key)]


def test_no_setting_is_missing():
    assert sorted(FIELDS) == sorted(setting_paths(Configuration())) == sorted(leaves(Configuration().to_dict()))


def test_settings_are_asked_for_by_their_types():
    assert (
        FIELDS["camera.fov_deg"] | {"kind": "number", "gt": 0, "lt": 180, "default": 40.0} == FIELDS["camera.fov_deg"]
    )
    assert FIELDS["camera.exif"]["kind"] == "switch"
    assert FIELDS["search.viewpoints"]["kind"] == "whole"
    assert FIELDS["camera.roll"]["choices"] == ["free", "upright"]
    assert FIELDS["model.front_axis"]["choices"][0] == ""
    assert "viewpoints" in FIELDS["search.method"]["choices"]
    assert FIELDS["refinement.levels"]["kind"] == "toml"
    assert FIELDS["camera.fov_deviation_deg"]["help"].startswith("standard deviation of the true field of view")
    assert "upright" in FIELDS["camera.roll"]["help"]


def test_no_plugin_is_missing():
    tables = plugin_tables()
    assert [each["name"] for each in tables["objectives"]] == loss_names()
    assert [each["name"] for each in tables["exporters"]] == exporter_registry.names()
    assert [each["name"] for each in tables["segmenters"]] == segmenter_registry.names()
    assert tables["presets"] == preset_names()
    options = {each["name"]: [option["path"] for option in each["options"]] for each in tables["objectives"]}
    assert {"l1.weight", "l2.weight", "boundary.weight"} <= set(options["l1l2"])


def test_what_is_chosen_becomes_settings():
    levels = "[{resolution = 96, blur = 1.0, iterations = 4, keep = 2}]"
    choice = parse_choice(
        {
            "presets": ["fast"],
            "changes": {"camera.fov_deg": 30, "refinement.levels": levels, "model.front_axis": ""},
            "objective": "l1l2",
            "options": {"l1": {"weight": 0.3}},
        }
    )
    config = choice.configuration()
    assert config.camera.fov_deg == 30
    assert [level.resolution for level in config.refinement.levels] == [96]
    assert (config.loss.name, config.loss.options) == ("l1l2", {"l1": {"weight": 0.3}})
    assert config.search == load_preset("fast").search


@pytest.mark.parametrize("preset", preset_names())
def test_settings_as_toml_are_read_back(preset, tmp_path):
    config = replace(load_preset(preset), seed=7)
    for text in (settings_toml(config), settings_toml(config, Configuration())):
        path = tmp_path / "settings.toml"
        path.write_text(text)
        assert load_preset(path) == config


def test_defaults_need_no_words():
    assert settings_toml(Configuration(), Configuration()) == ""


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"presets": ["no.toml"]}, "preset 'no.toml' is not known"),
        ({"model": "x"}, "model 'x' is not known"),
        ({"changes": {"camera.roll": "sideways"}}, "camera.roll 'sideways' is unknown"),
        ({"changes": {"search.viewpoints": 0}}, "search.viewpoints must be"),
        ({"changes": {"loss.file": "a.py"}}, "is Python that would be run"),
        ({"changes": {"segmenter": "sam2:."}}, "is a folder of this machine"),
        ({"changes": {"refinement.levels": "["}}, "as TOML has it"),
        ({"changes": []}, "reload the page"),
    ],
)
def test_wrong_choices_are_told(tree, told):
    with pytest.raises(InputError, match=r".+") as raised:
        parse_choice(tree).configuration()
    assert told in str(raised.value)
