"""What is in the page, without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import RunContext, create_exporter
from camera_estimation.export.report.collector import ReportCollector
from camera_estimation.export.report.page import run_page, script_json, write_run_page
from camera_estimation.results.posed_images import images_of_entries
from tests.support.report_runs import ODD_NAME, PictureRun


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> PictureRun:
    return PictureRun(tmp_path_factory.mktemp("run"), 3)


def data_of(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_it_has_every_sample_and_nothing_from_elsewhere(run):
    page = run_page(run.context(command_line="camera-estimate <b>", device="cpu"), run.collector)
    data = data_of(page)
    assert [sample["name"] for sample in data["samples"]] == [ODD_NAME, "box_001", "box_002", "broken"]
    assert data["command"] == "camera-estimate <b>"
    assert page.count('id="pictures-') == 3
    assert page.count('id="mesh-') == 1
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=\"(?!data:)", markup)


def test_names_cannot_leave_their_place(run):
    page = run_page(run.context(), run.collector)
    assert "alert('x')</script>" not in page
    assert "<script>alert" not in page
    assert page.count("</script>") == page.count("<script")
    assert json.loads(script_json({"a": "</script>\u2028"})) == {"a": "</script>\u2028"}
    assert "\u2028" not in script_json("\u2028")


def test_a_failure_says_why_and_what_to_do(run):
    failed = data_of(run_page(run.context(), run.collector))["samples"][-1]
    assert failed["error"] == "none.png: shows no object"
    assert failed["remedy"] == "give its mask <with> --masks_dir"
    assert "none.png" in failed["lacking"]


def test_a_page_that_cannot_be_written_says_so(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_run_page(tmp_path / "file" / "report.html", run.context(), run.collector)


def test_a_run_without_samples_has_a_page(tmp_path):
    assert data_of(run_page(RunContext(tmp_path, []), ReportCollector(0, 0)))["samples"] == []


def test_a_page_that_goes_on_takes_what_did_not_change(run, tmp_path):
    path = write_run_page(tmp_path / "report.html", run.context(), run.collector)
    changed = [dict(entry) for entry in run.entries]
    changed[1]["loss"] = 0.5
    later = ReportCollector(4, 1)
    later.add_earlier(path, changed)
    assert set(later.pictures) == {ODD_NAME, "box_002"}
    assert later.pictures[ODD_NAME] == run.collector.pictures[ODD_NAME]
    assert later.meshes == run.collector.meshes
    assert set(later.mesh_of) == {ODD_NAME, "box_002"}
    for text in ("", '<script type="application/json" id="data">{"samples": 3}</script>', "no page"):
        path.write_text(text)
        nothing = ReportCollector(4, 1)
        nothing.add_earlier(path, changed)
        assert not nothing.pictures


def test_only_a_bent_mesh_has_its_overlay(tmp_path):
    run = PictureRun(tmp_path, 3)
    run.bend(1)
    path = write_run_page(tmp_path / "report.html", run.context(), run.collector)
    assert [sample.get("bent") for sample in data_of(path.read_text("utf-8"))["samples"]] == [False, True, False, None]
    later = ReportCollector(4, 1)
    later.add_earlier(path, run.entries)
    assert later.pictures == {name: run.collector.pictures[name] for name in later.pictures}
    assert len(later.pictures) == 3


def test_every_part_of_the_script_is_in_the_package():
    import camera_estimation.export.report.page as page

    scripts = {path.stem for path in (Path(page.__file__).parent / "templates" / "scripts").glob("*.js")}
    assert scripts == set(page.SCRIPTS)
    assert "MIT" in page.ASSETS.joinpath("three.LICENSE").read_text(encoding="utf-8")


def test_of_very_many_samples_the_page_shows_some_and_tells(run, tmp_path, monkeypatch):
    monkeypatch.setattr("camera_estimation.export.report.MOST_SAMPLES", 2)
    exporter = create_exporter("report")
    exporter.run = run.context()
    (path,) = exporter.write(list(images_of_entries(run.entries[1:], run.folder)), tmp_path)
    shown = [sample["name"] for sample in data_of(path.read_text(encoding="utf-8"))["samples"]]
    assert len(shown) == 2
    assert "broken" in shown
    assert exporter.remarks == ["report.html: shows 2 samples, failed and doubtful ones first; poses.csv has all"]
