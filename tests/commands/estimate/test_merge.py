from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import camera_estimation.estimation
from camera_estimation.cli.merge import main
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate.merge import MergeRequest, merge_shards
from camera_estimation.commands.estimate.plan import _take_shard
from camera_estimation.commands.estimate.shard import Shard
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.errors import InputError
from camera_estimation.results.pose_file import read_poses
from tests.support.process_runs import timeless
from tests.support.small_runs import small_plan_in, small_samples_in
from tests.support.small_samples import stub_estimator


@pytest.fixture
def behavior():
    return {}


@pytest.fixture(autouse=True)
def stub(monkeypatch, behavior):
    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator(behavior, []))


@pytest.fixture
def plan(tmp_path):
    return small_plan_in(tmp_path, small_samples_in(tmp_path / "in"))


def run_shards(plan, *indexes, count=2):
    for index in indexes:
        run_samples(_take_shard(plan, Shard(index, count)))


def files_of(folder):
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if not path.parts[0].startswith("shard_"))


def test_merged_shards_are_what_one_run_gives(plan, tmp_path, behavior):
    behavior["b"] = InputError("b.png: has no mask; give one")
    run_shards(plan, 1, 2)
    assert merge_shards(MergeRequest(plan.output_dir, quiet=True)) == 1  # b has failed
    whole = replace(plan, output_dir=tmp_path / "whole")
    run_samples(whole)
    assert timeless(plan.output_dir) == timeless(whole.output_dir)
    assert files_of(plan.output_dir) == files_of(whole.output_dir)
    for name in ("poses.csv", "failures.json"):
        strip = [line.partition(",0.")[0] for line in (plan.output_dir / name).read_text().splitlines()]
        assert strip == [line.partition(",0.")[0] for line in (whole.output_dir / name).read_text().splitlines()]
    camera = json.loads((plan.output_dir / "a_1" / "camera.json").read_text())
    assert camera["mesh"] == json.loads((whole.output_dir / "a_1" / "camera.json").read_text())["mesh"]
    record = json.loads((plan.output_dir / "run.json").read_text())
    assert record["counts"] == {"ok": 2, "failed": 1, "skipped": 0, "not_started": 0}
    assert record["shards"] == 2


def test_shards_in_other_folders_and_exports(plan, tmp_path):
    run_shards(plan, 1, 2)
    folders = [str(plan.output_dir / f"shard_{index}_of_2") for index in (2, 1)]
    arguments = [*folders, "--output_dir", str(tmp_path / "merged"), "--export", "csv"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "2 of 2 shards: 3 ok, 0 failed; results in" in result.output
    assert [entry["name"] for entry in read_poses(tmp_path / "merged")] == ["a_1", "a_2", "b"]
    assert list((tmp_path / "merged" / "export" / "csv").iterdir())
    assert (tmp_path / "merged" / "report.html").is_file()
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, len(read_poses(tmp_path / "merged"))) == (0, 3)


def test_what_is_lacking_is_told(plan, capsys):
    run_shards(plan, 3, 1, count=3)
    assert merge_shards(MergeRequest(plan.output_dir)) == 1
    told = capsys.readouterr()
    assert "lacking: --shard 2/3" in told.err
    assert "2 of 3 shards: 2 ok, 0 failed" in told.out
    assert [entry["name"] for entry in read_poses(plan.output_dir)] == ["a_1", "b"]
    run_shards(plan, 2, count=3)
    assert merge_shards(MergeRequest(plan.output_dir)) == 0
    assert [entry["name"] for entry in read_poses(plan.output_dir)] == ["a_1", "a_2", "b"]


def test_a_shard_that_is_not_finished_is_told(plan, capsys):
    run_shards(plan, 1, 2)
    path = plan.output_dir / "shard_1_of_2" / "poses.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "poses": []}))
    assert merge_shards(MergeRequest(plan.output_dir)) == 1
    expected = "shard_1_of_2: is not finished: 1 of 1 samples are left (a_1); run shard 1 of 2 again"
    assert expected in capsys.readouterr().err


def test_shards_that_contradict_each_other_are_refused(plan):
    run_shards(plan, 1)
    run_shards(replace(plan, config=merge_settings(plan.config, {"seed": 3})), 2)
    with pytest.raises(InputError, match=r"1_of_2 and .*2_of_2: have different settings \(seed is 0 and 3\)"):
        merge_shards(MergeRequest(plan.output_dir))
    run_shards(plan, 2, count=3)
    folders = [plan.output_dir / name for name in ("shard_1_of_2", "shard_2_of_3")]
    with pytest.raises(InputError, match="are of 2 and of 3 shards; run it again with the flags of the others"):
        merge_shards(MergeRequest(plan.output_dir, folders))


def test_a_sample_may_be_in_one_shard_only(plan, tmp_path):
    run_shards(plan, 1)
    run_shards(replace(plan, output_dir=tmp_path / "other"), 1)
    folders = [folder / "shard_1_of_2" for folder in (plan.output_dir, tmp_path / "other")]
    with pytest.raises(InputError, match="both have the sample a_1; run it again"):
        merge_shards(MergeRequest(tmp_path / "merged", folders))


def test_folders_without_shards_are_refused(plan, tmp_path):
    with pytest.raises(InputError, match="has no folders of shards, such as shard_1_of_8"):
        merge_shards(MergeRequest(tmp_path))
    (tmp_path / "shard_1_of_2").mkdir()
    with pytest.raises(InputError, match=r"is not the folder of a shard, for it has no shard\.json"):
        merge_shards(MergeRequest(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give the output folder of the shards, or the folders of all shards"),
        (["a", "b"], "--output_dir says where the run of several folders is written"),
    ],
)
def test_wrong_usage_is_told_in_a_line(arguments, line):
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, line in result.output) == (2, True)
