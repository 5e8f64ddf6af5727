"""--record, --resume_from and --random_init on the packaged example, through the real command line."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from camera_estimation.cli.estimate import main
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.run_places import RUN_FILES
from tests.support.orbits import angle_deg

SETTINGS = """
device = "cpu"
[search]
viewpoints = 150
rolls = 24
resolution = 32
candidates = 4
[refinement]
mesh_quality = "exact"
occlusion = "off"
[[refinement.levels]]
resolution = 64
blur = 1.5
iterations = 8
keep = 2
[loss]
resolution = 48
steps = 6
"""
# As in the documentation, for one image without a batch axis.
LOSS_FILE = """
from camera_estimation import LossObjective, register_loss


@register_loss("mine")
class MyObjective(LossObjective):
    def setup_models(self):
        self.weight = 0.5

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        colours = (rendered_image - target_image).abs().mean()
        return colours + self.weight * (rendered_mask - target_mask).square().mean()
"""
pytestmark = pytest.mark.slow


def run(folder, *flags):
    (folder / "tiny.toml").write_text(SETTINGS)
    arguments = ["--demo", "--config", folder / "tiny.toml", "--output_dir", folder / "out", *flags]
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "mine.py").write_text(LOSS_FILE)
    result = run(folder, "--loss_file", folder / "mine.py", "--record", "--record_every", "5")
    assert result.exit_code == 0, result.output
    (output_dir,) = (folder / "out").iterdir()
    return output_dir, result


def history(output_dir):
    with (output_dir / "spot" / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_run_has_a_folder_of_its_own(recorded):
    output_dir, _ = recorded
    assert re.fullmatch(r"demo_mine_tiny_\d{8}-\d{6}", output_dir.name)
    assert {"log.txt", "history.xlsx", "poses.json", "run.json", "spot"} <= {path.name for path in output_dir.iterdir()}
    assert {"log.txt", "history.xlsx", "basin.png", "basin.pdf", "basin.svg"} == set(RUN_FILES)


def test_history_ends_with_what_the_estimate_says(recorded):
    rows, (entry,) = history(recorded[0]), read_poses(recorded[0])
    assert entry["loss_type"] == "mine"
    assert list(dict.fromkeys(row["stage"] for row in rows)) == ["refine 64 px", "descend", "result"]
    assert 2 < [row["stage"] for row in rows].count("descend") <= 7  # its start and six steps, or less if it is done
    for row in rows:
        numbers = {name: float(value) for name, value in row.items() if name not in ("stage", "turn_deg", "shift")}
        assert all(np.isfinite(value) for value in numbers.values())
        assert numbers["objective"] == pytest.approx(numbers["term_mine"])
    last = rows[-1]
    assert float(last["loss"]) == entry["loss"]
    assert float(last["objective"]) == pytest.approx(entry["loss"], rel=1e-4)
    assert [float(last[f"t{axis}"]) for axis in "xyz"] == [row[3] for row in entry["world_to_camera"][:3]]
    assert float(last["yaw_deg"]) == pytest.approx(entry["orbit"]["yaw_deg"])
    assert float(last["fy"]) == pytest.approx(entry["fy"])


def test_workbook_equals_the_history(recorded):
    book = load_workbook(recorded[0] / "history.xlsx")
    assert book.sheetnames == ["Totals", "spot"]
    headings, *cells = book["spot"].iter_rows(values_only=True)
    rows = history(recorded[0])
    assert list(headings) == list(rows[0])
    assert len(cells) == len(rows)
    for found, row in zip(cells, rows, strict=True):
        for value, text in zip(found, row.values(), strict=True):
            if isinstance(value, str):
                assert value == text
            else:
                assert value == (pytest.approx(float(text), rel=1e-14) if text else None)
    titles, total = book["Totals"].iter_rows(values_only=True)
    assert dict(zip(titles, total, strict=True))["loss"] == pytest.approx(read_poses(recorded[0])[0]["loss"])


def test_log_holds_what_the_terminal_showed(recorded):
    output_dir, result = recorded
    logged = [line[21:] for line in (output_dir / "log.txt").read_text(encoding="utf-8").splitlines()]
    assert sorted(logged) == sorted((result.stdout + result.stderr).splitlines())
    assert any(line.startswith("[1/1] spot: mine") for line in logged)


def test_video_and_event_log_of_the_sample(recorded):
    import imageio.v3 as imageio
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from camera_estimation.records._optimization_video import HELD, SIZE

    sample, rows = recorded[0] / "spot", history(recorded[0])
    frames = imageio.imread(sample / "optimization.mp4", plugin="FFMPEG")
    assert frames.shape[1:] == (SIZE[1], SIZE[0], 3)
    assert (len(frames) - HELD) % len(rows) == 0
    events = EventAccumulator(str(sample / "tensorboard"), size_guidance={"images": 0, "scalars": 0})
    events.Reload()
    objective = [event.value for event in events.Scalars("objective")]
    assert objective == pytest.approx([float(row["objective"]) for row in rows], rel=1e-6)
    last = len(rows) - 1
    assert [event.step for event in events.Images("render")] == sorted({*range(0, last, 5), last})


def test_resumed_run_goes_on_from_the_poses_of_another(recorded, tmp_path):
    output_dir, _ = recorded
    result = run(tmp_path, "--loss_type", "l1l2", "--resume_from", output_dir, "--record")
    assert result.exit_code == 0, result.output
    (resumed,) = (tmp_path / "out").iterdir()
    (entry,), (before,) = read_poses(resumed), read_poses(output_dir)
    assert entry["start"] == "resume"
    rows = history(resumed)
    assert 2 < len(rows) - 1 <= 7
    assert [row["stage"] for row in rows] == ["descend"] * (len(rows) - 1) + ["result"]
    assert [float(rows[0][f"t{axis}"]) for axis in "xyz"] == pytest.approx(
        [row[3] for row in before["world_to_camera"][:3]], abs=1e-5
    )
    assert float(rows[-1]["loss"]) <= float(rows[0]["loss"])
    assert angle_deg(camera_of(entry), camera_of(before)) < 3
    assert json.loads((resumed / "spot" / "camera.json").read_text())["settings"]["refinement"]["levels"]


def basin(folder):
    with (folder / "out" / "spot" / "basin.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_random_starts_are_those_of_the_seed(tmp_path):
    folders = [tmp_path / name for name in ("first", "again", "other")]
    for folder, seed in zip(folders, ("1", "1", "2"), strict=True):
        folder.mkdir()
        result = run(folder, "--random_init", "3", "--seed", seed)
        assert result.exit_code == 0, result.output
    first, again, other = map(basin, folders)
    assert first == again
    assert first != other
    (entry,) = read_poses(folders[0] / "out")
    assert entry["start"] == "random"
    best = min(first, key=lambda row: float(row["end_loss"]))
    assert entry["loss"] == pytest.approx(float(best["end_loss"]), rel=1e-4)
    assert (best["converged"], float(best["end_error_deg"])) == ("1", pytest.approx(0, abs=1e-3))
    converged = sum(row["converged"] == "1" for row in other)
    assert f"spot: {converged} of 3 random starts end within 5 degrees of the best end" in result.stderr
    assert (folders[0] / "out" / "spot" / "basin.png").is_file()
    assert "skipping what is finished: 1 of 1" in run(folders[0], "--random_init", "3", "--seed", "1").stderr
    run(folders[0], "--random_init", "2", "--seed", "1")
    assert [row["start_qw"] for row in basin(folders[0])] == [row["start_qw"] for row in first[:2]]
    run(folders[0], "--overwrite")
    assert not (folders[0] / "out" / "spot" / "basin.csv").exists()


@pytest.mark.parametrize(
    ("module", "message"),
    [("tensorboard", "--record needs tensorboard, not"), ("imageio_ffmpeg", "--record needs imageio-ffmpeg, not")],
)
def test_missing_extra_is_told_before_the_run(tmp_path, monkeypatch, module, message):
    monkeypatch.setattr(
        "camera_estimation.records.requirements.find_spec", lambda name: None if name == module else object()
    )
    result = run(tmp_path, "--record")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "camera-estimation[record]" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_missing_matplotlib_is_told_and_the_table_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("camera_estimation.convergence.figure.find_spec", lambda name: None)
    result = run(tmp_path, "--random_init", "1")
    assert "no basin.png: matplotlib is not installed; pip install 'camera-estimation[figures]'" in result.stderr
    assert [path.name for path in (tmp_path / "out" / "spot").glob("basin.*")] == ["basin.csv"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--random_init", "2", "--init", "poses.json"], "--random_init and --init both"),
        (["--init", "a", "--resume_from", "b"], "--init and --resume_from both"),
        (["--random_init", "2", "--sequence"], "--random_init and --sequence both"),
        (["--random_init", "2", "--mask", "none"], "leave --mask none away"),
        (["--random_init", "0"], "0"),
        (["--resume_from", "missing"], "missing: no such file"),
        (["--record_every", "3"], "give both"),
    ],
)
def test_wrong_usage(tmp_path, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["--demo", *flags])
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_run_is_not_resumed_into_itself(tmp_path):
    (tmp_path / "out").mkdir()
    result = run(tmp_path, "--resume_from", tmp_path / "out")
    assert result.exit_code == 2
    assert "choose another --output_dir" in result.stderr
