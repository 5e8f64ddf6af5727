"""The studio in a real browser, from end to end."""

from __future__ import annotations

import base64
import io
import json
import math
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageDraw

from camera_estimation.configuration import Configuration
from camera_estimation.studio.settings import setting_paths
from tests.support.browser import Visit
from tests.support.studio_page import (
    IDLE,
    angle_to,
    choose_tab,
    choose_tool,
    drag,
    estimate_once,
    expect_to_follow,
    on_screen,
    result_error,
    run_job,
    visit_page,
    watch_latency,
    write_dense_ball,
)
from tests.support.studio_server import StudioServer, run_studio

pytestmark = pytest.mark.slow

POSE = "JSON.parse(JSON.stringify(studio.store.pose))"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[StudioServer]:
    with run_studio(tmp_path_factory.mktemp("studio")) as started:
        yield started


@pytest.fixture(scope="module")
def visit(server) -> Iterator[Visit]:
    with visit_page(server) as opened:
        yield opened


def test_the_form_lacks_no_setting(visit):
    shown = visit.page.evaluate("[...document.querySelectorAll('.setting')].map((row) => row.dataset.path)")
    assert sorted(shown) == sorted(setting_paths(Configuration()))


def test_the_example_is_estimated_while_it_is_watched(visit):
    seen = visit.page.evaluate("(window.passed = [], studio.on('live', () => passed.push(studio.store.live)), 0)")
    assert seen == 0
    estimate_once(visit)
    assert result_error(visit) < 1
    assert visit.page.locator("#verdict").inner_text().startswith("good")
    assert visit.page.evaluate("passed.filter(Boolean).length") > 5
    assert visit.page.evaluate("studio.store.curve.length") > 5
    assert visit.page.locator("#curve polyline").count() > 0
    drawn = visit.page.evaluate(
        """() => {
          const { renderer, scene } = studio.stage;
          studio.setPose(studio.store.pose, false);
          return new Promise((done) => studio.on("draw-marks", () => {
            const gl = renderer.getContext(), data = new Uint8Array(4 * gl.drawingBufferWidth * gl.drawingBufferHeight);
            gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, data);
            done(data.filter((value, place) => place % 4 === 3 && value > 128).length / (data.length / 4));
          }));
        }"""
    )
    assert 0.05 < drawn < 0.9


def test_the_mesh_is_drawn_where_the_camera_sees_it(visit):
    """The browser's picture of a pose with its principal point off the center, beside the renderer's."""
    from camera_estimation.batch import EXAMPLE_SAMPLE
    from camera_estimation.mesh import load_mesh
    from camera_estimation.rendering import Renderer
    from camera_estimation.results import camera_of
    from camera_estimation.visualization import render_frame

    estimate_once(visit)
    found = visit.page.evaluate(POSE)
    off = {**found, "cx": found["cx"] + 70, "cy": found["cy"] - 45, "fx": 1.15 * found["fx"]}
    encoded = visit.page.evaluate(
        """(pose) => new Promise((done) => {
          studio.setPose(pose, false);
          setTimeout(() => {
            studio.on("draw-marks", () => done(studio.stage.renderer.domElement.toDataURL("image/png")));
            studio.setPose(pose, false);
          }, 700);
        })""",
        off,
    )
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded.partition(",")[2]))))
    pose = [[*row, shift] for row, shift in zip(off["R"], off["t"], strict=True)]
    camera = camera_of({**off, "world_to_camera": [*pose, [0, 0, 0, 1]]}).resize(drawn.shape[1], drawn.shape[0])
    render = render_frame(Renderer(load_mesh(EXAMPLE_SAMPLE.mesh_path)), camera)
    shown, expected = drawn[..., 3] > 127, render[..., 3] > 127
    assert (shown & expected).sum() / (shown | expected).sum() > 0.99
    differences = np.abs(drawn[..., :3].astype(int) - render[..., :3])[shown & expected]
    assert np.median(differences) < 4
    visit.page.evaluate("(pose) => studio.setPose(pose, false)", found)


def test_another_pose_is_chosen(visit, tmp_path):
    """Of a cube of one color many poses explain the picture alike."""
    cube, picture = trimesh.creation.box((1, 1, 1)), Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    cube.visual.vertex_colors = (150, 150, 150, 255)
    ImageDraw.Draw(picture).polygon([(80, 25), (130, 55), (130, 105), (80, 135), (30, 105), (30, 55)], (150, 150, 150))
    cube.export(tmp_path / "cube.glb")
    picture.save(tmp_path / "cube.png")
    choose_tab(visit, "estimate")
    visit.page.locator("#file-picker").set_input_files([tmp_path / "cube.glb", tmp_path / "cube.png"])
    visit.wait_for("studio.store.current.name === 'cube'")
    visit.page.locator("#preset").select_option("fast")
    assert run_job(visit, "#estimate") == "done"
    answer = visit.page.evaluate(POSE)
    assert visit.page.locator("#others .use").count() > 0
    other = visit.page.evaluate("JSON.parse(JSON.stringify(studio.poseOf(studio.store.current.entry.alternatives[0])))")
    assert run_job(visit, "#others .use >> nth=0") == "done"
    assert angle_to(visit.page.evaluate(POSE), other) < 0.01
    assert angle_to(answer, other) > 1
    visit.page.locator("#preset").select_option("")


def test_a_pose_that_is_dragged_off_is_refined_back(visit):
    estimate_once(visit)
    found = visit.page.evaluate(POSE)
    choose_tool(visit, "turn")
    center = visit.page.evaluate("studio.store.mesh.center")
    seen = np.array(found["R"]) @ center + np.array(found["t"])
    u, v = found["fx"] * seen[0] / seen[2] + found["cx"], found["fy"] * seen[1] / seen[2] + found["cy"]
    radius = visit.page.evaluate("studio.store.mesh.radius") * found["fx"] / seen[2]
    drag(visit, on_screen(visit, u, v), on_screen(visit, u + math.radians(20) * radius, v))
    assert angle_to(visit.page.evaluate(POSE), found) == pytest.approx(20, abs=0.5)
    assert run_job(visit, "#refine") == "done"
    assert angle_to(visit.page.evaluate(POSE), found) < 0.1


def test_the_field_of_view_changes_at_the_same_size(visit):
    estimate_once(visit)
    choose_tool(visit, "turn")
    before = visit.page.evaluate(POSE)
    visit.page.locator("#fov").fill("60")
    after = visit.page.evaluate(POSE)
    assert 2 * math.degrees(math.atan(after["height"] / (2 * after["fy"]))) == pytest.approx(60, abs=0.1)
    center = np.array(visit.page.evaluate("studio.store.mesh.center"))
    depths = [(np.array(pose["R"]) @ center + np.array(pose["t"]))[2] for pose in (before, after)]
    assert before["fy"] / depths[0] == pytest.approx(after["fy"] / depths[1])
    visit.page.locator("#back").click()
    assert angle_to(visit.page.evaluate(POSE), before) < 1e-3


def test_three_pins_bring_the_mesh_where_they_are_dragged(visit, server):
    estimate_once(visit)
    choose_tool(visit, "turn")
    visit.page.locator("#back").click()
    found = visit.page.evaluate(POSE)
    choose_tool(visit, "pin")
    places = visit.page.evaluate(
        """() => {
          const { store } = studio;
          const { width, height } = store.size;
          return [[0.55, 0.3], [0.62, 0.45], [0.52, 0.65]].map(([x, y]) => [x * width, y * height]);
        }"""
    )
    for u, v in places:
        visit.page.mouse.move(*on_screen(visit, u, v))
        visit.page.mouse.down()
        visit.page.mouse.up()
        visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("studio.store.pins.length") == 3
    u, v = places[0]
    answered = visit.page.evaluate("studio.pinState.answered")
    drag(visit, on_screen(visit, u, v), on_screen(visit, u + 18, v - 12), steps=15)
    visit.wait_for("!studio.pinState.isAsking")
    assert visit.page.evaluate("studio.pinState.answered") - answered > 3  # it followed on the way
    assert max(visit.page.evaluate("studio.pinState.errors")) < 1
    assert angle_to(visit.page.evaluate(POSE), found) > 0.5
    visit.page.locator("#save-pins").click()
    visit.page.wait_for_timeout(300)
    from camera_estimation import load_keypoints

    saved = load_keypoints(next(server.output_dir.glob("marks/*/keypoints/*.json")))
    assert len(saved) == 3
    visit.page.locator("#pin-part >> text=Take all away").click()
    visit.page.locator("#save-pins").click()
    visit.page.wait_for_timeout(300)
    assert not list(server.output_dir.glob("marks/*/keypoints/*.json"))


def test_a_mask_is_painted_and_used(visit, server):
    estimate_once(visit)
    choose_tool(visit, "eraser")
    visit.page.locator("#load-mask").click()
    visit.wait_for("studio.mask.isDirty")
    width, height = visit.page.evaluate("[studio.store.size.width, studio.store.size.height]")
    drag(visit, on_screen(visit, 5, 5), on_screen(visit, 0.2 * width, 8))
    choose_tool(visit, "brush")
    middle = on_screen(visit, width / 2, height / 2)
    drag(visit, middle, (middle[0] + 20, middle[1]))
    assert run_job(visit, "#estimate-again") == "done"
    mask = np.asarray(Image.open(next(server.output_dir.glob("marks/spot/masks/*.png"))))
    assert mask.shape == (height, width)
    assert mask[height // 2, width // 2] == 255
    assert mask[0, 0] == 0
    assert result_error(visit) < 3
    visit.page.locator("text=Forget mask and box").click()
    visit.page.wait_for_timeout(400)
    assert not list(server.output_dir.glob("marks/spot/masks/*.png"))


def test_regions_are_weighed_as_the_command_line_does(visit, server, tmp_path):
    estimate_once(visit)
    choose_tab(visit, "regions")
    visit.page.locator("#region-segmenter").select_option("plain")
    assert run_job(visit, "#find-regions") == "done"
    visit.wait_for("document.querySelectorAll('[data-region]').length > 2")
    names = visit.page.evaluate(
        "[...document.querySelectorAll('[data-region]')].map((slider) => slider.dataset.region)"
    )
    assert {"foreground", "background", "rest"} <= set(names)
    visit.page.locator("[data-region=rest]").fill("0.5")
    visit.page.locator("[data-region=background]").fill("0.3")
    with visit.page.expect_download() as waiting:
        visit.page.locator("#save-regions").click()
    weights = tmp_path / "weights.toml"
    weights.write_bytes(waiting.value.path().read_bytes())
    choose_tab(visit, "estimate")
    assert run_job(visit, "#estimate") == "done"
    entry = visit.page.evaluate("studio.store.current.entry")
    choose_tab(visit, "take")
    visit.wait_for("document.querySelector('#toml').textContent.includes('region_weights')")
    visit.page.wait_for_timeout(300)
    words = shlex.split(visit.page.locator("#command").inner_text())
    place = words.index("--config")
    del words[place : place + 2]
    words += ["--region_weights", str(weights), "--output_dir", str(tmp_path / "out"), "--quiet"]
    subprocess.run([sys.executable, "-m", "camera_estimation.cli.estimate", *words[1:]], check=True)
    (same,) = json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    np.testing.assert_allclose(same["world_to_camera"], entry["world_to_camera"], atol=1e-6)
    choose_tab(visit, "regions")
    visit.page.locator("#reset-regions").click()
    visit.page.evaluate("studio.choice.changes = {}")


def test_objectives_are_compared(visit):
    estimate_once(visit)
    choose_tab(visit, "compare")
    for name in visit.page.evaluate(
        "[...document.querySelectorAll('.objectives > label input')].map((box) => box.value)"
    ):
        visit.page.locator(f".objectives input[value={name}]").set_checked(name in ("silhouette_color", "l1l2"))
    assert run_job(visit, "#compare") == "done"
    rows = visit.page.evaluate("studio.store.compared")
    assert [row["name"] for row in rows] == ["silhouette_color", "l1l2"]
    assert all(row["rotation_error_deg"] < 3 for row in rows)
    assert len(rows[1]["curve"]) > 1
    assert visit.page.locator("#comparison tbody tr").count() == 2


def test_exports_are_taken_away(visit):
    estimate_once(visit)
    assert run_job(visit, "#estimate") == "done"
    pose = visit.page.evaluate(POSE)
    choose_tab(visit, "take")
    taken = {}
    for name in ("csv", "nerfstudio", "canonical", "opencv"):
        with visit.page.expect_download() as waiting:
            assert run_job(visit, f"[data-format={name}]") == "done"
        taken[name] = waiting.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(taken["opencv"])) as packed:
        assert {"opencv/cameras.yaml", "opencv/cameras.npz"} <= set(packed.namelist())
    tree = json.loads(taken["nerfstudio"])
    from_opengl = np.array(tree["frames"][0]["transform_matrix"]) @ np.diag([1, -1, -1, 1])
    upright = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # nerfstudio's world has its z axis up
    np.testing.assert_allclose(np.linalg.inv(from_opengl)[:3, :3] @ upright, pose["R"], atol=1e-5)
    assert trimesh.load(io.BytesIO(taken["canonical"]), file_type="glb").geometry
    assert b"spot" in taken["csv"]
    command = visit.page.locator("#command").inner_text()
    assert command.startswith("camera-estimate --input_dir ")
    assert "spot.glb" in command


def test_a_wrong_file_is_told_in_a_sentence(visit):
    choose_tab(visit, "estimate")
    files = [{"name": "broken.glb", "mimeType": "model/gltf-binary", "buffer": b"no mesh at all, whatever it says"}]
    visit.page.locator("#file-picker").set_input_files(files)
    visit.wait_for("document.querySelectorAll('.notice.error').length")
    told = visit.page.locator(".notice.error").last.inner_text()
    assert told.startswith("broken.glb: is not a GLB file")
    assert "Traceback" not in told
    visit.page.locator(".notice.error button").last.click()


def test_a_job_is_stopped(visit):
    estimate_once(visit)
    visit.page.locator("#preset").select_option("accurate")
    visit.page.evaluate("document.body.dataset.job = ''")
    visit.page.locator("#estimate").click()
    visit.page.locator("#stop").click()
    visit.wait_for(IDLE)
    assert visit.page.evaluate("document.body.dataset.job") == "stopped"
    assert "Stopped" in visit.page.locator("#notices").inner_text()
    visit.page.locator("#preset").select_option("")


def test_dragging_a_mesh_of_fifty_thousand_faces_follows_at_once(visit, tmp_path):
    mesh, picture = write_dense_ball(tmp_path), tmp_path / "ball.png"
    Image.new("RGB", (900, 700), (90, 120, 160)).save(picture)
    choose_tab(visit, "estimate")
    visit.page.locator("#file-picker").set_input_files([mesh, picture])
    visit.wait_for("studio.store.current.name === 'ball' && studio.store.mesh.faces > 50000")
    visit.wait_for("!studio.stage.isSlow || Boolean(studio.stage.light)")
    choose_tool(visit, "turn")
    watch_latency(visit)
    middle = on_screen(visit, 450, 350)
    drag(visit, middle, (middle[0] + 150, middle[1] + 60), steps=40)
    expect_to_follow(visit)
