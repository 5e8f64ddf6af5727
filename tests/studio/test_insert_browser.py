"""An object put into a photograph in a real browser."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.support.browser import Visit
from tests.support.small_samples import write_box
from tests.support.studio_page import (
    choose_tab,
    drag,
    estimate_once,
    expect_to_follow,
    on_screen,
    visit_page,
    watch_latency,
    write_dense_ball,
)
from tests.support.studio_server import StudioServer, run_studio

pytestmark = pytest.mark.slow

COMPOSED = "studio.stage.isComposed && !document.querySelector('#inserted').hidden"
PLACE = "JSON.parse(JSON.stringify(studio.thing.place))"
MOST_TRIES = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[StudioServer]:
    with run_studio(tmp_path_factory.mktemp("studio")) as started:
        yield started


@pytest.fixture(scope="module")
def visit(server) -> Iterator[Visit]:
    with visit_page(server) as opened:
        yield opened


def wait_for_picture(visit: Visit) -> None:
    """Until the server's picture is shown, which takes its time on a busy machine."""
    for _ in range(MOST_TRIES - 1):
        try:
            visit.wait_for(COMPOSED)
            return
        except AssertionError:
            continue
    visit.wait_for(COMPOSED)


def choose_box(visit: Visit, tmp_path) -> None:
    estimate_once(visit)
    choose_tab(visit, "insert")
    before = visit.page.evaluate("studio.thing.path")
    visit.page.locator("#object-picker").set_input_files(write_box(tmp_path / "crate.glb"))
    visit.wait_for(f"studio.thing.path !== '{before}' && studio.thing.place && studio.stage.guest")


def download(visit: Visit, selector: str) -> bytes:
    with visit.page.expect_download() as waiting:
        visit.page.locator(selector).click()
    return waiting.value.path().read_bytes()


def foot_on_screen(visit: Visit) -> tuple[float, float]:
    u, v = visit.page.evaluate(
        """() => {
          const { R, t, fx, fy, cx, cy } = studio.poseOf(studio.store.current.entry), { point } = studio.thing.place;
          const [x, y, z] = R.map((row, axis) => row.reduce((sum, value, i) => sum + value * point[i], t[axis]));
          return [fx * x / z + cx, fy * y / z + cy];
        }"""
    )
    return on_screen(visit, u, v)


def test_without_a_camera_the_tab_says_so(visit):
    choose_tab(visit, "insert")
    assert visit.page.locator("#insert-none").is_visible()
    assert not visit.page.locator("#insert-ready").is_visible()
    visit.page.locator("#insert-none button").click()
    assert visit.page.evaluate("studio.store.tab") == "estimate"


def test_an_object_is_put_in_moved_and_taken_away(visit, tmp_path):
    choose_box(visit, tmp_path)
    wait_for_picture(visit)
    first = np.asarray(Image.open(io.BytesIO(download(visit, "#take-picture"))))
    before, foot = visit.page.evaluate(PLACE), foot_on_screen(visit)
    drag(visit, foot, (foot[0] + 60, foot[1] + 15))
    after = visit.page.evaluate(PLACE)
    assert foot_on_screen(visit) == pytest.approx((foot[0] + 60, foot[1] + 15), abs=1.5)
    assert np.dot(after["point"], after["up"]) == pytest.approx(after["ground_height"])
    assert np.allclose(after["front"], before["front"])  # it keeps its heading as it is moved
    wait_for_picture(visit)
    moved = np.asarray(Image.open(io.BytesIO(download(visit, "#take-picture"))))
    changed = (first.astype(int) != moved).any(-1).mean()
    assert 0.005 < changed < 0.6
    words = shlex.split(visit.page.locator("#insert-command").inner_text())
    words[words.index("--output_dir") + 1] = str(tmp_path)
    subprocess.run([sys.executable, "-m", "camera_estimation.cli.insert", *words[1:], "--quiet"], check=True)
    assert np.array_equal(moved, np.asarray(Image.open(tmp_path / "spot" / "inserted.png")))
    told = json.loads(download(visit, "#take-placement"))
    assert told["placement"]["base"] == pytest.approx(after["point"], rel=1e-5)


def test_light_and_shadows_are_chosen(visit, tmp_path):
    choose_box(visit, tmp_path)
    visit.page.locator("#light-method").select_option("directional")
    wait_for_picture(visit)
    assert "Most light comes from" in visit.page.locator("#light-words").inner_text()
    assert "--light directional" in visit.page.locator("#insert-command").inner_text()
    shaded = np.asarray(Image.open(io.BytesIO(download(visit, "#take-picture"))))
    visit.page.locator("#shadows").set_checked(False)
    wait_for_picture(visit)
    plain = np.asarray(Image.open(io.BytesIO(download(visit, "#take-picture"))))
    assert (shaded.astype(int) - plain).min() < -10  # shadows were darker
    assert (shaded.astype(int) - plain).max() <= 1
    assert "--no_shadows" in visit.page.locator("#insert-command").inner_text()
    visit.page.locator("#light-method").select_option("none")
    wait_for_picture(visit)
    assert "No light is estimated" in visit.page.locator("#light-words").inner_text()
    visit.page.locator("#shadows").set_checked(True)


def test_an_object_is_turned_scaled_and_brought_back(visit, tmp_path):
    choose_box(visit, tmp_path)
    before = visit.page.evaluate(PLACE)
    visit.page.locator("#marks").focus()
    for key in ("[", "[", "+", "ArrowRight"):
        visit.page.keyboard.press(key)
    after = visit.page.evaluate(PLACE)
    assert np.degrees(np.arccos(np.dot(before["front"], after["front"]))) == pytest.approx(10)
    assert after["scale"] / before["scale"] == pytest.approx(1.05)
    for _ in range(4):
        visit.page.keyboard.press("Control+z")
    assert visit.page.evaluate(PLACE) == before
    visit.page.locator("#turn").fill("90")
    assert visit.page.locator("#turn-text").inner_text() == "90°"
    visit.page.locator("#stands-on [data-name=object]").click()
    visit.wait_for("studio.thing.place.on === 'object'")
    foot = foot_on_screen(visit)
    drag(visit, foot, (foot[0] + 10, foot[1] + 25))
    assert visit.page.evaluate(PLACE)["on"] == "object"
    visit.page.locator("#stands-on [data-name=ground]").click()
    visit.wait_for("studio.thing.place.on === 'ground'")


def test_the_picture_is_wiped_against_the_photograph(visit, tmp_path):
    choose_box(visit, tmp_path)
    wait_for_picture(visit)
    visit.page.locator("#show-wipe").click()
    visit.wait_for("studio.stage.view === 'wipe'")
    width, height = visit.page.evaluate("[studio.store.size.width, studio.store.size.height]")
    drag(visit, on_screen(visit, 0.5 * width, 0.5 * height), on_screen(visit, 0.25 * width, 0.5 * height))
    clip = visit.page.evaluate("document.querySelector('#composite').style.clipPath")
    assert clip.startswith("inset(0")
    assert float(clip.rstrip("%)").split()[-1]) == pytest.approx(25, abs=1)
    visit.page.locator("#views [data-name=overlay]").click()


@pytest.mark.parametrize(
    ("name", "told"),
    [("broken.glb", "is not a GLB file"), ("notes.txt", "is neither a mesh"), ("photo.png", "photo.png: is")],
)
def test_a_wrong_file_is_told_in_a_sentence(visit, name, told):
    estimate_once(visit)
    choose_tab(visit, "insert")
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    body = content.getvalue() if name.endswith("png") else b"no mesh at all"
    visit.page.locator("#object-picker").set_input_files([{"name": name, "mimeType": "", "buffer": body}])
    visit.wait_for("document.querySelectorAll('.notice.error').length")
    sentence = visit.page.locator(".notice.error").last.inner_text()
    assert told in sentence
    assert "Traceback" not in sentence
    visit.page.locator(".notice.error button").last.click()


def test_dragging_an_object_of_fifty_thousand_faces_follows_at_once(visit, tmp_path):
    estimate_once(visit)
    choose_tab(visit, "insert")
    visit.page.locator("#light-method").select_option("none")
    visit.page.locator("#object-picker").set_input_files(write_dense_ball(tmp_path))
    visit.wait_for("studio.thing.place && studio.thing.mesh.faces > 50000 && studio.stage.guest")
    wait_for_picture(visit)
    visit.wait_for("!studio.stage.guest.isSlow || Boolean(studio.stage.guest.light)")
    watch_latency(visit)
    foot = foot_on_screen(visit)
    drag(visit, foot, (foot[0] + 150, foot[1] + 40), steps=40)
    expect_to_follow(visit)
