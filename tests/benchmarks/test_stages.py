"""Where the time of an image goes: every moment counts once, and for the right stage."""

from __future__ import annotations

import re
import time

import pytest
import torch
import warp as wp

from benchmarks.stage_times.clock import BETWEEN, StageClock, watch_stages
from benchmarks.stage_times.profile import profile_operations
from benchmarks.stage_times.samples import find_work
from benchmarks.stages import main
from camera_estimation.batch import SampleRequest
from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.configuration import Configuration
from camera_estimation.geometry import Camera
from camera_estimation.poses import Trace

CAMERA = Camera(torch.eye(3)[None], torch.zeros(1, 3), torch.ones(1, 2), torch.zeros(1, 2), 1, 1)


def record(trace: Trace, name: str) -> None:
    trace.record_stage(name, CAMERA, torch.zeros(1), [0])


def test_stages_and_their_parts_add_up_to_the_whole():
    trace, clock = Trace(), StageClock()
    time.sleep(0.05)  # before: counts for nothing
    start = time.perf_counter()
    with watch_stages(clock):
        with trace("search"):
            time.sleep(0.02)
            record(trace, "search")
        with trace("refine"):
            time.sleep(0.03)
            record(trace, "refine 64 px")
            time.sleep(0.01)
        with trace("explain"):
            time.sleep(0.01)
            record(trace, "refine 64 px")
        time.sleep(0.01)
    # A busy machine sleeps longer, and no shorter.
    assert 0.08 <= clock.total <= time.perf_counter() - start
    assert clock.total == pytest.approx(sum(stage.wall for stage in clock.stages.values()), abs=1e-3)
    assert list(clock.stages) == [BETWEEN, "search", "refine 64 px", "refine", "explain: refine 64 px", "explain"]
    assert clock.stages["refine 64 px"].wall >= 0.03
    assert clock.stages["search"].wall >= 0.02
    assert trace.seconds["refine"] >= 0.04
    assert [stage.name for stage in trace.stages] == ["search", "refine 64 px", "refine 64 px"]


def test_nothing_is_watched_afterwards_even_when_it_fails():
    before = Trace.__call__, Trace.record_stage, wp.launch
    with pytest.raises(ZeroDivisionError), watch_stages(StageClock()):
        raise ZeroDivisionError
    assert (Trace.__call__, Trace.record_stage, wp.launch) == before


def test_kernels_are_counted_where_they_are_launched():
    from benchmarks.subjects import lumpy_ball, view
    from camera_estimation.rendering import Renderer

    renderer, clock, trace = Renderer(lumpy_ball(200)), StageClock(), Trace()
    with watch_stages(clock), trace("search"):
        renderer.draw(view(32, torch.device("cpu")))
    assert clock.stages["search"].launches == sum(use.launches for use in clock.kernels.values()) > 0
    assert 0 < clock.stages["search"].kernels == pytest.approx(sum(use.seconds for use in clock.kernels.values()))
    assert clock.kernels["rasterize"].items >= clock.kernels["rasterize"].launches


def test_operations_are_told_by_stage():
    def work() -> None:
        trace = Trace()
        with trace("search"):
            torch.ones(64, 64) @ torch.ones(64, 64)
        with trace("refine"):
            torch.ones(8).cumsum(0)

    found = profile_operations(work)
    assert found["aten::mm"].calls == 1
    assert set(found["aten::mm"].by_stage) == {"search"}
    assert set(found["aten::cumsum"].by_stage) == {"refine"}


def test_models_of_a_list_of_pairs_are_its_generators(tmp_path):
    (tmp_path / "pairs.csv").write_text(
        f"mesh,image,model\n{EXAMPLE_SAMPLE.mesh_path},{EXAMPLE_SAMPLE.image_path},TRELLIS\n"
    )
    request = SampleRequest(config=Configuration(), pairs=tmp_path / "pairs.csv")
    (work,) = find_work("fast", "cpu", request, None)
    (plain,) = find_work("fast", "cpu", SampleRequest(config=Configuration(), demo=True), None)
    assert work.config.refinement.mesh_quality == "generated" != plain.config.refinement.mesh_quality
    assert work.config.refinement.levels == plain.config.refinement.levels
    assert plain.sample == EXAMPLE_SAMPLE


def test_what_cannot_be_found_is_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"^error: .*no packaged preset of that name"):
        main(["--presets", "no_such", "--output_dir", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"^error: .*pairs\.csv"):
        main(["--pairs", str(tmp_path / "pairs.csv"), "--output_dir", str(tmp_path)])


@pytest.mark.slow
def test_the_example_is_measured(tmp_path, capsys):
    main(["--presets", "fast", "--quick", "--functions", "--device", "cpu", "--output_dir", str(tmp_path)])
    report = (tmp_path / "stages.md").read_text()
    assert report in capsys.readouterr().out
    for part in ("search", "refine 64 px", "write files", "rasterize", r"aten::\w+", r"gauss_newton\.py:linearize"):
        assert re.search(rf"{part} \|", report)
    for name in ("stages", "kernels", "operations", "functions"):
        assert (tmp_path / f"{name}.csv").read_text().startswith("preset,")
    assert (tmp_path / "results" / "spot" / "overlay.png").is_file()
