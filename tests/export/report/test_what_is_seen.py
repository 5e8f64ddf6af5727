"""What a person sees of the page in a browser: numbers as they are read, and what keys bring into sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.export.report.page import write_run_page
from tests.support.browser import open_browser
from tests.support.report_runs import PictureRun

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page_path(tmp_path_factory) -> Path:
    run = PictureRun(tmp_path_factory.mktemp("run"), 3)
    for entry, deviation in zip(run.entries, (0.0499, 2.04, 123.4), strict=False):
        entry["uncertainty"] = {"rotation_deg": deviation, "translation": [0.1, 0.2, 0.3], "focal_share": 0.0}
        entry["orbit"] = {**entry["orbit"], "yaw_deg": -0.5, "roll_deg": -0.001}
    return write_run_page(run.folder / "report.html", run.context(), run.collector)


def test_numbers_keep_two_digits_and_nothing_has_no_sign(page_path):
    with open_browser(viewport={"width": 1300, "height": 900}) as visit:
        visit.open(page_path)
        column = visit.page.locator("#rows td.turn").all_inner_texts()
        assert column[:3] == ["0.050°", "2.0°", "120°"]
        numbers = dict(
            zip(
                visit.page.locator("#detail .numbers dt").all_inner_texts(),
                visit.page.locator("#detail .numbers dd").all_inner_texts(),
                strict=True,
            )
        )
        assert numbers["yaw, pitch, roll"].startswith("-0.50°, ")
        assert numbers["yaw, pitch, roll"].endswith(", 0.00°")
        assert numbers["rotation"] == "± 0.050°"


def test_the_key_brings_the_view_into_sight_and_looks_through(page_path):
    """It is below the first screen, and begins only when it is seen."""
    top = "document.querySelector('#space').getBoundingClientRect().top"
    with open_browser(viewport={"width": 1300, "height": 900}) as visit:
        visit.open(page_path)
        assert visit.page.evaluate(top) > 900
        visit.page.keyboard.press("t")
        visit.wait_for("document.querySelector('#through').getAttribute('aria-pressed') === 'true'")
        assert 0 <= visit.page.evaluate(top) < 900
        assert visit.complaints == []
