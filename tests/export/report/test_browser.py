"""The page in a real browser: it asks for nothing, complains of nothing, and everything on it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.export.report.page import write_run_page
from tests.support.browser import Visit, open_browser
from tests.support.report_runs import ODD_NAME, PictureRun

pytestmark = pytest.mark.slow

# Of a canvas: how many of its pixels are not what the first one is.
DRAWN_PIXELS = """(selector) => {
  const canvas = document.querySelector(selector), copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const data = new Int32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
  return data.reduce((count, value) => count + (value !== data[0]), 0);
}"""
# Of what the first two pictures of poses cover, beside their grey ground.
OVERLAP_OF_ALTERNATIVES = """() => {
  const covered = [...document.querySelectorAll("#alternatives canvas")].slice(0, 2).map((canvas) => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return data.filter((_, place) => place % 4 === 0).map((red, place) => red !== 205 || data[4 * place + 1] !== 205);
  });
  let both = 0, either = 0;
  covered[0].forEach((first, place) => {
    both += first && covered[1][place];
    either += first || covered[1][place];
  });
  return both / either;
}"""
ROWS = "() => [...document.querySelectorAll('.row .name span')].map((name) => name.textContent)"
SELECTED = "document.querySelector('#detail h2').textContent"
STAGE_READY = "document.querySelector('#stage').width > 1 && document.querySelector('#stage-note').textContent !== '…'"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory) -> Path:
    run = PictureRun(tmp_path_factory.mktemp("run"))
    for place, entry in enumerate(run.entries[:-1]):
        entry.update(start="neighbour", confidence=0.95 - 0.2 * place, verdict="good" if place < 1 else "doubtful")
    return write_run_page(run.folder / "report.html", run.context(command_line="camera-estimate"), run.collector)


@pytest.fixture
def visit(page_path) -> Iterator[Visit]:
    with open_browser(viewport={"width": 1300, "height": 900}) as opened:
        opened.open(page_path)
        yield opened
        assert opened.complaints == []
        assert opened.asked == []


def press(visit: Visit, *keys: str) -> None:
    for key in keys:
        visit.page.keyboard.press(key)


def rows(visit: Visit) -> list[str]:
    return visit.page.evaluate(ROWS)


def test_names_are_text(visit):
    assert visit.page.evaluate(SELECTED) == ODD_NAME
    assert visit.page.locator("script:not([id])").count() == 1


def test_keys_go_through_the_samples(visit):
    press(visit, "j")
    assert visit.page.evaluate(SELECTED) == "box_001"
    press(visit, "ArrowDown", "k")
    assert visit.page.evaluate(SELECTED) == "box_001"
    press(visit, "End")
    assert visit.page.evaluate(SELECTED) == "broken"
    assert "give its mask <with> --masks_dir" in visit.page.locator(".failure").inner_text()
    press(visit, "j", "Home")
    assert visit.page.evaluate(SELECTED) == ODD_NAME
    press(visit, "?")
    assert visit.page.locator("#help").is_visible()
    press(visit, "Escape")
    assert not visit.page.locator("#help").is_visible()


def test_the_table_sorts_and_filters(visit):
    names = [ODD_NAME, "box_001", "box_002", "box_003", "box_004", "broken"]
    assert rows(visit) == names
    heading = visit.page.locator("th.confidence button")
    heading.click()
    assert rows(visit) == [*names[4::-1], "broken"]
    heading.click()
    assert rows(visit) == names
    press(visit, "/")
    visit.page.keyboard.type("box 003")
    assert rows(visit) == ["box_003"]
    visit.page.locator("#clear").click()
    visit.page.locator(".chip.failed").click()
    assert rows(visit) == ["broken"]
    visit.page.locator(".chip.failed").click()
    visit.page.locator("#filter").fill("no such thing")
    assert rows(visit) == []
    assert "No sample is like that" in visit.page.locator("#rows").inner_text()


def test_the_slider_wipes_between_any_two_pictures(visit):
    visit.wait_for(STAGE_READY)

    def column(share: float) -> list[int]:
        return visit.page.evaluate(
            """(share) => {
              const stage = document.querySelector("#stage"), x = Math.round(share * stage.width);
              return [...stage.getContext("2d").getImageData(x, 0, 1, stage.height).data];
            }""",
            share,
        )

    visit.page.locator("#left-layer").select_option("source")
    visit.page.locator("#right-layer").select_option("difference")
    visit.page.locator("#wipe").fill("1000")
    source = column(0.45)
    visit.page.locator("#wipe").fill("0")
    difference = column(0.45)
    assert source != difference
    visit.page.locator("#wipe").fill("700")
    assert column(0.45) == source
    visit.page.locator("#stage").scroll_into_view_if_needed()
    box = visit.page.locator("#stage").bounding_box()
    visit.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 20)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    visit.page.mouse.up()
    assert column(0.45) == difference
    for name in ("render", "overlay", "contour"):
        visit.page.locator("#right-layer").select_option(name)
        assert column(0.45) not in (source, difference)


def test_a_bent_mesh_has_its_overlay_too(tmp_path):
    run = PictureRun(tmp_path, 3)
    run.bend(1)
    path = write_run_page(tmp_path / "report.html", run.context(), run.collector)
    options = "() => [...document.querySelectorAll('#right-layer option')].map((option) => option.textContent)"
    middle = """() => {
      const stage = document.querySelector("#stage");
      return [...stage.getContext("2d").getImageData(stage.width / 2, stage.height / 2, 1, 1).data];
    }"""
    with open_browser(viewport={"width": 1300, "height": 900}) as visit:
        visit.open(path)
        visit.wait_for(STAGE_READY)
        assert "overlay, bent" not in visit.page.evaluate(options)
        press(visit, "6", "j")
        visit.wait_for(STAGE_READY)
        assert visit.page.evaluate(options)[-1] == "overlay, bent"
        press(visit, "6")
        visit.page.locator("#wipe").fill("0")
        red, green, blue, _ = visit.page.evaluate(middle)
        assert red > 240
        assert max(green, blue) < 15
        press(visit, "j")
        visit.wait_for(STAGE_READY)
        assert visit.page.evaluate("document.querySelector('#right-layer').value") == "overlay"
        assert visit.complaints == []


def test_what_a_pose_shows_is_what_the_renderer_drew(visit):
    """A box turned by half a circle about its axis, drawn in the browser, covers the same pixels."""
    visit.wait_for(STAGE_READY)
    drawn = "document.querySelectorAll('#alternatives canvas:not([hidden])').length"
    visit.wait_for(f"{drawn} === 2")
    agreement = visit.page.evaluate(OVERLAP_OF_ALTERNATIVES)
    assert agreement > 0.97


def test_the_cameras_are_drawn_around_the_mesh(visit):
    visit.page.locator("#space").scroll_into_view_if_needed()
    visit.wait_for("document.body.dataset.photographs === 'all'")
    assert "5 cameras" in visit.page.locator("#space-note").inner_text()
    assert visit.page.evaluate(DRAWN_PIXELS, "#view") > 3000
    press(visit, "t")
    visit.page.wait_for_timeout(500)
    assert visit.page.locator("#through").get_attribute("aria-pressed") == "true"
    assert visit.page.evaluate(DRAWN_PIXELS, "#view") > 50_000


def test_a_sequence_has_curves_that_select_frames(visit):
    assert visit.page.locator("svg.curve").count() == 4
    assert visit.page.locator("svg.trajectory circle:not(.cursor)").count() == 5
    box = visit.page.locator("svg.curve").first.bounding_box()
    visit.page.mouse.click(box["x"] + 0.98 * box["width"], box["y"] + box["height"] / 2)
    assert visit.page.evaluate(SELECTED) == "box_004"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(page_path, scheme):
    with open_browser(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True) as phone:
        phone.open(page_path).wait_for(STAGE_READY)
        width = phone.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        dark = phone.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 25, 27)"
        assert dark == (scheme == "dark")
        assert phone.complaints == []


def test_two_thousand_samples_are_quick(tmp_path):
    run = PictureRun(tmp_path, 2)
    small = write_run_page(tmp_path / "small.html", run.context(), run.collector)
    run.repeat(2000, "A" * 18_000)
    path = write_run_page(tmp_path / "report.html", run.context(), run.collector)
    assert path.stat().st_size < 80e6
    with open_browser(viewport={"width": 1300, "height": 900}) as visit:
        visit.open(small)  # what the start of the browser takes is not the page's
        visit.open(path)
        visit.wait_for("performance.getEntriesByName('first-contentful-paint').length")
        entries = json.loads(visit.page.evaluate("JSON.stringify(performance.getEntriesByType('paint'))"))
        first = min(entry["startTime"] for entry in entries)
        assert visit.page.locator(".row").count() < 100
        visit.page.locator("th.confidence button").click()
        visit.page.locator("#rows").evaluate("(rows) => rows.scrollTo(0, 46 * 1000)")
        visit.page.wait_for_timeout(300)
        assert len(rows(visit)) > 10
        visit.page.locator("#filter").fill("1999")
        assert rows(visit) == ["made up 1999"]
        assert visit.complaints == []
    assert first < 2000, "milliseconds until something is seen"


def test_paper_has_all_rows(tmp_path):
    run = PictureRun(tmp_path, 2)
    run.repeat(150, "")
    run.collector.pictures = {name: replace(pictures) for name, pictures in run.collector.pictures.items()}
    path = write_run_page(tmp_path / "report.html", run.context(), run.collector)
    with open_browser(viewport={"width": 900, "height": 700}) as visit:
        visit.open(path)
        assert visit.page.locator(".row").count() < 100
        visit.page.emulate_media(media="print")
        visit.wait_for("document.querySelectorAll('.row').length === 150")
        assert not visit.page.locator("#filter").is_visible()
