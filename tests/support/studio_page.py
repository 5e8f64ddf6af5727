"""What people do on the page of the studio, in a browser."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import trimesh

from tests.support.browser import Visit, open_browser
from tests.support.studio_server import StudioServer

READY = "document.body.dataset.ready === 'true'"
IDLE = "document.body.dataset.job && document.body.dataset.job !== 'running'"
PATIENCE = 600  # tenths of a second for a piece of work
LATEST_LATENCY = 100.0  # milliseconds from a movement of the pointer to the mesh drawn anew


def run_job(visit: Visit, selector: str) -> str:
    """Press a button and wait until the work is through; how it ended."""
    visit.page.evaluate("document.body.dataset.job = ''")
    visit.page.locator(selector).click()
    for _ in range(PATIENCE):
        if visit.page.evaluate(IDLE):
            break
        visit.page.wait_for_timeout(100)
    visit.page.wait_for_timeout(400)  # what changed is asked for anew
    return visit.page.evaluate("document.body.dataset.job")


def choose_tab(visit: Visit, name: str) -> None:
    visit.page.locator(f"#tab-{name}").click()


def choose_tool(visit: Visit, name: str) -> None:
    choose_tab(visit, "correct")
    visit.page.locator(f"#tools [data-name={name}]").click()


def estimate_once(visit: Visit) -> None:
    choose_tab(visit, "estimate")
    if visit.page.evaluate("studio.store.current.name") != "spot":
        visit.page.locator("#sample-choice").select_option("1")
        visit.wait_for("studio.store.current.name === 'spot'")
    if not visit.page.evaluate("Boolean(studio.store.current.entry)"):
        assert run_job(visit, "#estimate") == "done"


def result_error(visit: Visit) -> float:
    """Degrees from the true camera."""
    return visit.page.evaluate("studio.store.current.errors.rotation_deg")


def angle_to(pose: dict, other: dict) -> float:
    trace = np.trace(np.array(pose["R"]) @ np.array(other["R"]).T)
    return math.degrees(math.acos(np.clip((trace - 1) / 2, -1, 1)))


def on_screen(visit: Visit, u: float, v: float) -> tuple[float, float]:
    """Where a pixel of the picture is in the window."""
    box = visit.page.locator("#marks").bounding_box()
    scale = visit.page.evaluate("studio.stage.scale")
    return box["x"] + u * scale, box["y"] + v * scale


def drag(visit: Visit, begin: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
    visit.page.mouse.move(*begin)
    visit.page.mouse.down()
    visit.page.mouse.move(*end, steps=steps)
    visit.page.mouse.up()
    visit.page.wait_for_timeout(150)


def watch_latency(visit: Visit) -> None:
    """From now on ``latencies`` has the milliseconds from each movement of the pointer to the next picture."""
    visit.page.evaluate(
        """() => {
          window.latencies = [];
          let moved = null;
          const pixel = new Uint8Array(4);
          window.addEventListener("pointermove", (event) => { moved ??= event.timeStamp; }, true);
          studio.on("draw-marks", () => {
            if (moved === null) return;
            const gl = studio.stage.renderer.getContext();
            gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel); // waits until all is drawn
            latencies.push(performance.now() - moved);
            moved = null;
          });
        }"""
    )


def expect_to_follow(visit: Visit) -> None:
    """The median of ``latencies`` is short enough, as busy as the machine is with other work."""
    latencies = visit.page.evaluate("latencies")
    assert len(latencies) > 10
    print(f"median {np.median(latencies):.0f} ms, greatest {max(latencies):.0f} ms of {len(latencies)}")
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # what else runs on these cores takes its share
    assert np.median(latencies) < LATEST_LATENCY * busy


def write_dense_ball(folder: Path, name: str = "ball") -> Path:
    """A mesh of some 51 000 faces, each vertex of another color."""
    sphere = trimesh.creation.uv_sphere(radius=0.5, count=(114, 114))
    assert 50_000 < len(sphere.faces) < 55_000
    sphere.visual.vertex_colors = np.random.default_rng(0).integers(0, 255, (len(sphere.vertices), 4), dtype=np.uint8)
    sphere.export(folder / f"{name}.glb")
    return folder / f"{name}.glb"


@contextmanager
def visit_page(server: StudioServer) -> Iterator[Visit]:
    """The page of a server, which asks for nothing elsewhere and complains of nothing but refusals, which tests
    provoke."""
    with open_browser(viewport={"width": 1300, "height": 860}, accept_downloads=True) as visit:
        visit.page.goto(server.link)
        visit.wait_for(READY)
        yield visit
        assert [line for line in visit.complaints if "status of 4" not in line] == []
        assert [url for url in visit.asked if not url.startswith((server.link, "blob:"))] == []
