"""What the benchmarks compare and write; the measuring itself is left to those who run them."""

from __future__ import annotations

import csv

import pytest
import torch

from camera_estimation import Configuration, load_mesh
from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.configuration import LevelConfig, RefinementConfig, SearchConfig
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import view_from


def test_tables_hold_every_row_and_align_numbers(tmp_path):
    from benchmarks.report import markdown_table, write_csv

    rows = [{"name": "a", "ms": 12.3456, "ratio": None}, {"name": "b", "ms": 1234.5, "ratio": 100.0}]
    assert markdown_table({"name": "who", "ms": "ms", "ratio": "ratio"}, rows).splitlines() == [
        "| who | ms | ratio |",
        "|---|---:|---:|",
        "| a | 12.3 |  |",
        "| b | 1234 | 100 |",
    ]
    write_csv(tmp_path / "rows.csv", rows)
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert list(csv.DictReader(file))[1] == {"name": "b", "ms": "1234.5", "ratio": "100.0"}


def test_plots_are_written(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks.report import write_bars, write_plot

    lines = {"ours": [(5000.0, 10.0), (94000.0, 15.0)], "nothing measured": []}
    write_plot(tmp_path / "plot.png", [("256 pixels", "faces", lines)] * 2, "ms")
    write_plot(tmp_path / "steps.png", [("first", "frame", lines)], "degrees", steps=True)
    write_bars(tmp_path / "bars.png", {"ours": {"search": 1.0, "refine": 2.0}, "theirs": {"refine": 3.0}}, "seconds")
    for name in ("plot", "steps", "bars"):
        assert (tmp_path / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
        assert "</svg>" in (tmp_path / f"{name}.svg").read_text()


def test_rendering_is_measured_with_and_without_other_libraries():
    from benchmarks.renderers.runs import CONTENDERS, MITSUBA, MITSUBA_LEAST, OURS, OURS_DRAW, measure
    from benchmarks.rendering import cases, describe_ratios, with_ratios
    from benchmarks.subjects import lumpy_ball

    own, libraries = [OURS, OURS_DRAW], ("pytorch3d", "mitsuba")
    assert all(names == own for _, _, names in cases((), quick=False))
    beside = {(faces, pixels): names for faces, pixels, names in cases(libraries, quick=False)}
    assert beside[94_000, 256] == list(CONTENDERS)
    assert beside[500_000, 256] == own
    quick = {(faces, pixels): names for faces, pixels, names in cases(libraries, quick=True)}
    assert quick[94_000, 256] == own
    assert quick[5_000, 256] == list(CONTENDERS)
    assert next(names for faces, _, names in cases(["mitsuba"], quick=True)) == [*own, MITSUBA, MITSUBA_LEAST]
    with_gradient, without = with_ratios(list(measure(own, lumpy_ball(200), 32, repeats=2, patience=60.0)))
    assert with_gradient["gradient_ratio"] == 1.0
    assert with_gradient["gradient_ms"] > with_gradient["forward_ms"]
    assert with_gradient["processor_ms"] > 0
    assert with_gradient["runs"] == 2
    assert without["gradient_ratio"] is None
    ours = {**with_gradient, "pixels": 256, "processor_ms": 1.0}
    theirs = {**ours, "renderer": MITSUBA, "gradient_ratio": 80.0, "processor_ms": 100.0}
    assert describe_ratios([ours, theirs]).endswith(
        "ours is 80 times as fast as Mitsuba 3, with 1.00% of its CPU time."
    )


def test_gradients_of_ours_are_right():
    from benchmarks.renderers.gradient_check import check_gradients
    from benchmarks.renderers.runs import OURS

    (row,) = check_gradients([OURS], torch.device("cpu"))
    assert row["least_cosine"] > 0.95
    assert row["length"] == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_mitsuba_draws_the_view_that_ours_draws_and_differentiates_it():
    from benchmarks.renderers.mitsuba_pipeline import missing_mitsuba

    if missing := missing_mitsuba():
        pytest.skip(missing)
    from benchmarks.renderers.gradient_check import check_gradients
    from benchmarks.renderers.runs import MITSUBA, MITSUBA_LEAST, MITSUBA_LIBRARY, check_same_picture

    check_same_picture(MITSUBA_LIBRARY, torch.device("cpu"))
    for row in check_gradients([MITSUBA, MITSUBA_LEAST], torch.device("cpu")):
        assert row["least_cosine"] > 0.95
        assert row["length"] == pytest.approx(1, abs=0.15)


def test_without_mitsuba_one_line_says_how_to_get_it(monkeypatch):
    import importlib.util

    from benchmarks.renderers import mitsuba_pipeline

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    mitsuba_pipeline.missing_mitsuba.cache_clear()
    assert mitsuba_pipeline.missing_mitsuba() == (
        'Mitsuba 3 is not installed: pip install "camera-estimation[benchmarks]"'
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(mitsuba_pipeline, "PROBE", "raise SystemExit(1)")
    mitsuba_pipeline.missing_mitsuba.cache_clear()
    assert "apt-get install libllvm19" in (mitsuba_pipeline.missing_mitsuba() or "")
    mitsuba_pipeline.missing_mitsuba.cache_clear()


def test_finer_copies_of_a_mesh_look_the_same(tmp_path):
    from benchmarks.estimates.samples import with_faces

    mesh = load_mesh(EXAMPLE_SAMPLE.mesh_path)
    finer = load_mesh(with_faces(EXAMPLE_SAMPLE.mesh_path, 20_000, tmp_path))
    assert 20_000 <= len(finer.faces) < 20_003
    assert with_faces(EXAMPLE_SAMPLE.mesh_path, 100, tmp_path) == EXAMPLE_SAMPLE.mesh_path
    camera = view_from((0.5, 0.4, 1.0), size=96)
    difference = (Renderer(mesh).supersample(camera, 2) - Renderer(finer).supersample(camera, 2)).abs()
    assert difference.mean() < 1e-3


def test_estimates_are_timed_and_judged(tmp_path):
    from benchmarks.estimates.runs import Job, estimate_sample
    from benchmarks.estimates.samples import pictures_of
    from benchmarks.estimation import preset_summary

    config = Configuration(
        search=SearchConfig(viewpoints=300, rolls=24, resolution=32, candidates=8),
        refinement=RefinementConfig(levels=(LevelConfig(resolution=64, blur=1.0, iterations=8, keep=2),)),
        device="cpu",
    )
    sample = pictures_of(EXAMPLE_SAMPLE.mesh_path, tmp_path, views=1, seed=3)[0]
    row = estimate_sample(Job(config, sample))
    assert row["seconds"] >= row["search"] + row["refine"] + row["load"]
    assert row["rotation_error_deg"] < 2
    broken = {"error": "cannot be read", "seconds": 0.1}
    summary = preset_summary("small", [row, broken], peak=None)
    assert summary["success_5"] == 0.5
    assert summary["images"] == 2


def test_pytorch3d_draws_the_view_that_ours_draws():
    pytest.importorskip("pytorch3d._C", exc_type=ImportError)
    from benchmarks.renderers.runs import PYTORCH3D, check_same_picture

    check_same_picture(PYTORCH3D, torch.device("cpu"))
