"""``--matches`` on the real command line and the packaged example."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner

from camera_estimation.cli.compare import main as compare
from camera_estimation.cli.estimate import main
from camera_estimation.poses.matching._alike import ALIKE
from camera_estimation.tracking import matched
from camera_estimation.weights.files import weight_files


def run(folder, *flags: str):
    arguments = ["--demo", "--config", "fast", "--output_dir", str(folder / "out"), "--matches", "alike"]
    return CliRunner().invoke(main, [*arguments, *flags])


def test_missing_weights_are_one_line_before_anything_is_estimated(no_weights, tmp_path):
    done = run(tmp_path)
    assert done.exit_code == 2
    assert "fetch them with: camera-estimate --fetch_weights alike" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out" / "poses.json").exists()


@pytest.mark.slow
def test_matches_are_tried_on_every_answer(no_weights, tmp_path, monkeypatch):
    (file,) = weight_files("alike")
    file.path.parent.mkdir(parents=True)
    torch.save(ALIKE((8, 16, 32, 64), 64).state_dict(), file.path)
    asked, match_render = [], matched.match_render

    def match(*arguments):
        asked.append(match_render(*arguments))
        return asked[-1]

    monkeypatch.setattr(matched, "match_render", match)
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    assert len(asked) == 1
    (entry,) = json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    assert entry["silhouette_iou"] > 0.95
    assert entry["keypoints"] is None
    assert json.loads((tmp_path / "out" / "run.json").read_text())["settings"]["evidence"]["matches"] == "alike"


def test_comparisons_are_without_matches(tmp_path):
    (tmp_path / "mine.toml").write_text('[evidence]\nmatches = "alike"\n')
    done = CliRunner().invoke(
        compare, ["--demo", "--config", str(tmp_path / "mine.toml"), "--output_base_dir", str(tmp_path)]
    )
    assert done.exit_code == 2
    assert "leave evidence.matches out of --config" in done.stderr
