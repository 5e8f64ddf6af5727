from __future__ import annotations

import json

from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.results.run_record import RunRecord


def read(folder):
    return json.loads((folder / "run.json").read_text())


def test_says_what_made_the_results(tmp_path):
    config = merge_settings(Configuration(), {"seed": 7})
    RunRecord(tmp_path, config, "cpu", ["camera-estimate", "--input_dir", "my meshes"])
    record = read(tmp_path)
    assert record["command_line"] == "camera-estimate --input_dir 'my meshes'"
    assert (record["seed"], record["device"]) == (7, "cpu")
    assert merge_settings(Configuration(), record["settings"]) == config
    assert {"camera-estimation", "python", "torch", "warp-lang", "trimesh"} <= set(record["versions"])
    assert record["platform"]


def test_ends_with_the_counts(tmp_path):
    record = RunRecord(tmp_path, Configuration(), "cpu", [])
    assert (read(tmp_path)["ended"], read(tmp_path)["counts"]) == (None, None)
    record.finish({"ok": 2, "failed": 1}, interrupted=True)
    written = read(tmp_path)
    assert written["counts"] == {"ok": 2, "failed": 1}
    assert written["interrupted"] is True
    assert written["ended"] >= written["started"]
