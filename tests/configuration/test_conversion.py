from __future__ import annotations

import json
import math
import sys
from dataclasses import is_dataclass
from typing import Annotated, get_args, get_origin

import pytest

from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import _field_types, merge_settings
from camera_estimation.configuration.presets import load_preset
from camera_estimation.errors import InputError


@pytest.mark.parametrize("preset", ["accurate", "v2m4"])
def test_round_trip_through_json(preset):
    config = load_preset(preset, load_preset("models/TRELLIS"))
    assert merge_settings(Configuration(), json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"serach": {}}, "unknown setting 'serach'.*search"),
        ({"search": {"viewpoint": 3}}, r"unknown setting 'search.viewpoint'"),
        ({"search": 3}, "'search' is a table"),
        ({"search": {"viewpoints": "many"}}, "'search.viewpoints' must be an int"),
        ({"search": {"viewpoints": True}}, "'search.viewpoints' must be an int"),
        ({"camera": {"optimize_fov": 1}}, "'camera.optimize_fov' must be a str"),
        ({"refinement": {"levels": [3]}}, "'refinement.levels' is a list of tables"),
        ({"loss": {"terms": ["l1"]}}, "'loss.terms' is a list of tables"),
        ({"loss": {"file": 3}}, "'loss.file' must be a str"),
        ({"refinement": {"levels": [{"size": 3}]}}, r"unknown setting 'refinement.levels.size'"),
    ],
)
def test_says_which_setting_is_wrong(tree, message):
    with pytest.raises(InputError, match=message) as caught:
        merge_settings(Configuration(), tree, source="my.toml")
    assert str(caught.value).startswith("my.toml: ")
    assert "\n" not in str(caught.value)


def test_options_are_added_and_tables_within_them_too():
    below = merge_settings(Configuration(), {"loss": {"options": {"a": 1, "t": {"x": 1, "y": 2}}}})
    above = merge_settings(below, {"loss": {"options": {"b": 2, "t": {"y": 3}, "a": {"z": 0}}}})
    assert above.loss.options == {"a": {"z": 0}, "b": 2, "t": {"x": 1, "y": 3}}


def test_whole_numbers_stand_for_numbers():
    fov = merge_settings(Configuration(), {"camera": {"fov_deg": 50}}).camera.fov_deg
    assert (fov, type(fov)) == (50.0, float)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"evidence": {"depth_weight": -1}}, "evidence.depth_weight must be a number from 0, not -1"),
        ({"evidence": {"depth_scale": math.inf}}, "evidence.depth_scale must be a number above 0, not inf"),
        ({"camera": {"fov_deg": 200}}, "camera.fov_deg must be an angle between 0 and 180 degrees, not 200"),
        ({"camera": {"fov_deg": math.nan}}, "camera.fov_deg must be an angle between 0 and 180 degrees, not nan"),
        ({"search": {"viewpoints": 0}}, "search.viewpoints must be a whole number from 1 to 100000"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295"),
        ({"camera": {"roll": "level"}}, "camera.roll 'level' is unknown: choose free, upright"),
        ({"camera": {"roll": 3}}, "'camera.roll' must be a str, not 3"),
        ({"model": {"front_axis": "up"}}, "model.front_axis 'up' is unknown: choose +x, -x, +y, -y, +z, -z"),
        ({"device": "tpu"}, "device 'tpu' is unknown: choose auto, cpu, cuda or cuda:N"),
        (
            {"evidence": {"region_weights": {"hair": True}}},
            "evidence.region_weights: 'hair' is a weight, a number from 0",
        ),
        ({"evidence": {"region_weights": 3}}, "'evidence.region_weights' must be a dict, not 3"),
        (
            {"refinement": {"levels": [{"resolution": 64}]}},
            "'refinement.levels' needs resolution, blur, iterations, keep: table 1 has no blur",
        ),
        ({"camera": {"fov_deg": None}}, "'camera.fov_deg' must be a float, not None"),
    ],
)
def test_ranges_and_choices(tree, message):
    with pytest.raises(InputError) as caught:
        merge_settings(Configuration(), tree, source="my.toml")
    assert str(caught.value).startswith(f"my.toml: {message}")
    assert "\n" not in str(caught.value)


def test_infinity_says_never_where_there_is_no_upper_bound():
    assert merge_settings(Configuration(), {"refinement": {"hopeless": math.inf}}).refinement.hopeless == math.inf


def test_weights_of_regions_are_added():
    below = merge_settings(Configuration(), {"evidence": {"region_weights": {"hair": 0}}})
    weights = merge_settings(below, {"evidence": {"region_weights": {"face": 2}}}).evidence.region_weights
    assert weights == {"hair": 0.0, "face": 2.0}
    assert all(type(weight) is float for weight in weights.values())


@pytest.mark.parametrize(
    ("tree", "line"),
    [
        (
            {"search": {"viewpoints": 10**9}},
            "search.viewpoints must be a whole number from 1 to 100000, for each view is drawn and kept, not 1",
        ),
        ({"search": {"rolls": 3601}}, "search.rolls must be a whole number from 1 to 3600, a tenth of a degree each"),
        ({"loss": {"resolution": 10**6}}, "loss.resolution must be a whole number from 1 to 8192, for the square"),
        ({"execution": {"workers": 10**6}}, "execution.workers must be a whole number from 0 to 4096, for each worker"),
        ({"batch": 10**6}, "batch must be a whole number from 1 to 1024, for each image in flight has a thread"),
        ({"seed": 2**32}, "seed must be a whole number from 0 to 4294967295, as generators"),
        ({"search": {"swarm": {"inertia": math.nan}}}, "search.swarm.inertia must be a finite number, not nan"),
        ({"tracking": {"loss_slack": math.inf}}, "tracking.loss_slack must be a finite number, not inf"),
    ],
)
def test_what_takes_memory_or_time_without_end_is_refused_with_the_reason(tree, line):
    with pytest.raises(InputError) as refused:
        merge_settings(Configuration(), tree)
    assert line in str(refused.value)


def numbers_without_bound(cls, prefix=""):
    """Whole numbers among the settings that may be as large as one likes."""
    for name, kind in _field_types(cls).items():
        if is_dataclass(kind):
            yield from numbers_without_bound(kind, f"{prefix}{name}.")
            continue
        row = get_args(kind)[0] if get_origin(kind) is tuple else None
        if is_dataclass(row):
            yield from numbers_without_bound(row, f"{prefix}{name}.")
        elif get_origin(kind) is Annotated and get_args(kind)[0] is int and get_args(kind)[1].le is None:
            yield f"{prefix}{name}"


def test_all_whole_numbers_have_bounds_but_limits_and_periods():
    unbounded = [name for name in numbers_without_bound(Configuration) if not name.startswith("limits.")]
    assert unbounded == ["tracking.confirm_every"]  # frames after which something is done: more is less work


def test_infinity_is_written_as_the_largest_number():
    tree = merge_settings(Configuration(), {"refinement": {"hopeless": math.inf}}).to_dict()
    assert json.loads(json.dumps(tree, allow_nan=False))["refinement"]["hopeless"] == sys.float_info.max
