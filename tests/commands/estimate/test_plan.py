from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.commands.estimate.plan import EstimateRequest, plan_estimate
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.errors import InputError
from tests.support.small_samples import write_box, write_disc

CONFIG = merge_settings(Configuration(), {"device": "cpu"})


@pytest.fixture
def request_(tmp_path):
    for name in ("a", "b"):
        write_box(tmp_path / "in" / f"{name}.glb")
        write_disc(tmp_path / "in" / f"{name}.png")
    write_box(tmp_path / "in" / "alone.glb")
    return EstimateRequest(config=CONFIG, input_dir=tmp_path / "in", output_dir=tmp_path / "out")


def test_plan_holds_what_was_found_and_writes_nothing(request_):
    plan = plan_estimate(replace(request_, max_samples=1, remarks=["first"]))
    assert [sample.name for sample in plan.samples] == ["a"]
    assert (plan.config, plan.record_name, plan.initial) == (CONFIG, None, None)
    first, no_image, count = plan.remarks
    assert (first, count) == ("first", "the first 1 of 2 samples (--max_samples)")
    assert "alone.glb" in no_image
    assert not request_.output_dir.exists()


def test_the_packaged_example_brings_its_lens(request_):
    plan = plan_estimate(replace(request_, input_dir=None, demo=True))
    assert plan.samples == (EXAMPLE_SAMPLE,)
    assert plan.intrinsics.of(EXAMPLE_SAMPLE.image_path) is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": {"name": "no_such"}}, "no_such"),
        ({"search": {"method": "guess"}}, "guess"),
        ({"renderer": "opengl"}, "opengl"),
        ({"segmenter": "scissors"}, "scissors"),
    ],
)
def test_names_are_looked_up_before_anything_starts(request_, settings, message):
    with pytest.raises(InputError, match=message):
        plan_estimate(replace(request_, config=merge_settings(CONFIG, settings)))
    assert not request_.output_dir.exists()


def test_exports_that_are_made_of_pictures_need_them(request_):
    none = replace(request_, config=merge_settings(CONFIG, {"pictures": "none"}))
    with pytest.raises(InputError, match=r"--export video is made of overlay.png, which --no_pictures leaves out"):
        plan_estimate(replace(none, exports=["video"]))
    plan = plan_estimate(replace(none, exports=["nerfstudio", "opencv"]))
    assert "--export nerfstudio: without mask.png of samples, as --no_pictures is given" in plan.remarks
    assert not any("opencv" in line for line in plan.remarks)
    overlay = replace(request_, config=merge_settings(CONFIG, {"pictures": "overlay"}))
    assert "nerfstudio: without mask.png" in " ".join(plan_estimate(replace(overlay, exports=["nerfstudio"])).remarks)


def test_values_out_of_range_are_found_in_settings_made_in_python(request_):
    wrong = replace(CONFIG, evidence=replace(CONFIG.evidence, depth_scale=0.0))
    with pytest.raises(InputError, match=r"evidence\.depth_scale must be a number above 0"):
        plan_estimate(replace(request_, config=wrong))


def test_folder_of_samples_is_needed(request_):
    with pytest.raises(InputError, match="neither a folder of meshes nor a table of pairs"):
        plan_estimate(replace(request_, input_dir=None))
