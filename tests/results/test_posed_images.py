from __future__ import annotations

import pytest

from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.results.pose_file import PoseFile
from camera_estimation.results.posed_images import read_run_context
from tests.support.small_samples import estimate_of


@pytest.mark.parametrize(("most", "names"), [(None, "abcde"), (5, "abcde"), (3, "ace"), (1, "c")])
def test_of_too_many_samples_those_to_look_at_come_first(tmp_path, sample, image, mesh, most, names):
    entry = pose_entry(sample, estimate_of(image), mesh)
    entries = [{**entry, "name": name} for name in "abcde"]
    entries[2] = {**failure_entry(sample, "no"), "name": "c"}
    entries[4]["verdict"] = "wrong"
    PoseFile(tmp_path, list("abcde"), entries).save()
    assert "".join(entry["name"] for entry in read_run_context(tmp_path, most).entries) == names
