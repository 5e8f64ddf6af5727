"""``--config``, once or several times."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import camera_estimation.estimation
from camera_estimation.cli.estimate import main
from camera_estimation.cli.settings import build_configuration
from tests.support.small_samples import stub_estimator, write_box, write_disc


@pytest.fixture(autouse=True)
def inputs(tmp_path, monkeypatch):
    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator({}, []))
    write_box(tmp_path / "in" / "a.glb")
    write_disc(tmp_path / "in" / "a.png")
    return tmp_path


def run(folder, *arguments):
    files = ["--input_dir", folder / "in", "--output_dir", folder / "out", "--device", "cpu"]
    return CliRunner().invoke(main, [str(argument) for argument in (*files, *arguments)])


def write(path, text):
    path.write_text(text)
    return path


def test_later_files_overlay_earlier_ones_and_flags_all(inputs):
    first = write(inputs / "first.toml", "seed = 3\n[search]\nresolution = 64\n[loss]\nresolution = 200\n")
    second = write(inputs / "second.toml", "[loss]\nresolution = 128\n")
    result = run(inputs, "--config", "fast", "--config", first, "--config", second, "--seed", "9")
    assert result.exit_code == 0, result.output
    settings = json.loads((inputs / "out" / "run.json").read_text())["settings"]
    assert (settings["seed"], settings["search"]["resolution"], settings["loss"]["resolution"]) == (9, 64, 128)
    fast = build_configuration(None, ["fast"], {}).to_dict()
    assert json.loads(json.dumps(fast["refinement"])) == settings["refinement"]


def test_terms_of_one_file_are_not_for_the_objective_of_another(inputs):
    first = write(inputs / "first.toml", '[loss]\nname = "mine"\n[[loss.terms]]\nterm = "l1"\n')
    second = write(inputs / "second.toml", '[loss]\nname = "ssim"\n')
    loss = build_configuration(None, [str(first), str(second)], {}).loss
    assert (loss.name, loss.terms) == ("ssim", ())
    assert build_configuration(None, [str(second), str(first)], {}).loss.terms[0]["term"] == "l1"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('renderer = "pencil"', "'pencil'"),
        ('[search]\nmethod = "luck"', "luck"),
        ('[loss]\nname = "nothing"', "nothing"),
        ("seed = ", "not a valid TOML file"),
        ("seeds = 1", "unknown setting 'seeds'"),
        ("seed = 'x'", "'seed' must be"),
    ],
)
def test_what_is_wrong_in_a_file_names_it(inputs, text, line):
    file = write(inputs / "mine.toml", text)
    result = run(inputs, "--config", "fast", "--config", file)
    assert result.exit_code == 2
    assert line in result.stderr
    assert "mine.toml" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_views_are_not_kept_where_that_is_asked_for(inputs):
    for arguments, kept in (((), True), (("--no_cache",), False)):
        result = run(inputs, "--overwrite", *arguments)
        assert result.exit_code == 0, result.output
        settings = json.loads((inputs / "out" / "run.json").read_text())["settings"]
        assert settings["search"]["cache"] is kept


def test_how_many_images_are_in_flight_is_no_other_setting_of_results(inputs):
    assert run(inputs).exit_code == 0
    again = run(inputs, "--batch", "2")
    assert "other settings" not in again.stderr
    fresh = run(inputs, "--batch", "2", "--overwrite")
    assert fresh.exit_code == 0, fresh.output
    assert json.loads((inputs / "out" / "run.json").read_text())["settings"]["batch"] == 2
    assert run(inputs, "--batch", "0").exit_code == 2
