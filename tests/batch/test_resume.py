from __future__ import annotations

import json

import pytest

from camera_estimation.batch import settings_differ
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset import ImageSources, Sample
from camera_estimation.results import sample_folder


@pytest.fixture
def differ(tmp_path):
    """Whether the settings of a run differ from those that were recorded."""
    sample = Sample("a", tmp_path / "a.glb", tmp_path / "a.png")

    def compare(recorded, asked):
        folder = sample_folder(tmp_path, sample.name)
        folder.mkdir(exist_ok=True)
        settings = merge_settings(Configuration(), recorded).to_dict()
        (folder / "camera.json").write_text(json.dumps({"settings": settings}))
        return settings_differ(sample, merge_settings(Configuration(), asked), ImageSources(), tmp_path)

    return compare


@pytest.mark.parametrize("settled", ["gain", "shading"])
def test_light_that_the_mesh_has_settled_is_no_other_setting(differ, settled):
    assert not differ({"appearance": {"lighting": settled}}, {})
    assert differ({"appearance": {"lighting": settled}}, {"appearance": {"lighting": "none"}})
    assert differ({"appearance": {"lighting": settled}, "seed": 3}, {})


def test_light_that_was_asked_for_is_another_setting(differ):
    assert differ({"appearance": {"lighting": "sh"}}, {})
    assert not differ({"appearance": {"lighting": "sh"}}, {"appearance": {"lighting": "sh"}})


def test_what_no_pose_depends_on_is_no_other_setting(differ):
    assert not differ({"pictures": "none", "batch": 4, "search": {"cache": False}}, {})
