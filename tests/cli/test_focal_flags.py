"""What flags and images say of the focal length, on the real command line and the packaged example."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import ExifTags, Image

from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.cli.estimate import main

TRUTH = json.loads((EXAMPLE_SAMPLE.mesh_path.parent / "expected_camera.json").read_text())
FOV = 2 * math.degrees(math.atan(TRUTH["height"] / (2 * TRUTH["fy"])))
FAST = ("--config", "fast")


@pytest.fixture(scope="module")
def photograph(tmp_path_factory) -> Path:
    """The example's image as a camera would have written it, whose focal length is told to a whole millimetre."""
    path = tmp_path_factory.mktemp("photograph") / EXAMPLE_SAMPLE.image_path.name
    with Image.open(EXAMPLE_SAMPLE.image_path) as picture:
        exif, whole = Image.Exif(), Image.Exif()
        equivalent = TRUTH["fy"] * math.hypot(36, 24) / math.hypot(*picture.size)
        exif[ExifTags.IFD.Exif] = {ExifTags.Base.FocalLengthIn35mmFilm: round(equivalent)}
        whole.load(exif.tobytes())
        picture.save(path, exif=whole)
    return path


def focal_of(image: Path, folder: Path, *flags: str) -> tuple[dict, str]:
    """What poses.json says of the focal length, and what the terminal does."""
    arguments = ["--input_dir", str(EXAMPLE_SAMPLE.mesh_path), "--source_images_dir", str(image), *FAST, *flags]
    done = CliRunner().invoke(main, [*arguments, "--output_dir", str(folder)])
    assert done.exit_code == 0, done.output
    (entry,) = json.loads((folder / "poses.json").read_text())["poses"]
    assert entry["focal"]["fov_deg"] == pytest.approx(2 * math.degrees(math.atan(entry["height"] / (2 * entry["fy"]))))
    return entry["focal"], done.stderr


@pytest.mark.slow
def test_exif_is_the_prior_of_an_estimate_and_the_value_where_none_is_made(photograph, tmp_path):
    estimated, told = focal_of(photograph, tmp_path / "estimated")
    assert (estimated["source"], estimated["prior"]) == ("estimated", "exif")
    assert estimated["fov_deg"] == pytest.approx(FOV, abs=2.5)
    assert 0 < estimated["fov_deviation_deg"] < 5
    assert "estimated (prior from EXIF)" in told
    held, told = focal_of(photograph, tmp_path / "held", "--fix_fov")
    assert (held["source"], held["prior"], held["fov_deviation_deg"]) == ("exif", None, 0.0)
    assert held["fov_deg"] == pytest.approx(FOV, abs=1.0)
    assert held["fov_deg"] != estimated["fov_deg"]
    assert "from EXIF" in told


@pytest.mark.slow
def test_a_given_field_of_view_is_believed(photograph, tmp_path):
    held, told = focal_of(photograph, tmp_path / "held", "--fov_deg", "33")
    assert (held["source"], held["fov_deg"]) == ("fov_deg", pytest.approx(33.0))
    assert "fov 33.00° given" in told
    estimated, _ = focal_of(photograph, tmp_path / "estimated", "--fov_deg", "33", "--optimize_fov")
    assert (estimated["source"], estimated["prior"]) == ("estimated", "fov_deg")


@pytest.mark.slow
def test_without_any_knowledge_it_is_estimated(tmp_path):
    estimated, told = focal_of(EXAMPLE_SAMPLE.image_path, tmp_path)
    assert (estimated["source"], estimated["prior"]) == ("estimated", "assumed")
    assert estimated["fov_deg"] == pytest.approx(FOV, abs=10)
    assert "estimated (prior assumed)" in told


def test_both_ways_at_once_are_refused(tmp_path):
    done = CliRunner().invoke(main, ["--demo", "--fix_fov", "--optimize_fov", "--output_dir", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr == "Error: --optimize_fov estimates the focal length, --fix_fov does not: give one of them\n"
