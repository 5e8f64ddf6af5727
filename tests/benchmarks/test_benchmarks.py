"""What the benchmarks compare and write; the measuring itself is left to those who run them."""

from __future__ import annotations

import csv

import pytest
import torch

from camera_estimation import Configuration, load_mesh
from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.configuration.schema import LevelConfig, RefinementConfig, SearchConfig
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


def test_plot_is_written(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks.report import write_plot

    lines = {"ours": [(5000.0, 10.0), (94000.0, 15.0)], "nothing measured": []}
    write_plot(tmp_path / "plot.png", [("256 pixels", "faces", lines)] * 2, "ms")
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"


def test_rendering_is_measured_with_and_without_pytorch3d():
    from benchmarks.rendering import cases, with_ratios
    from benchmarks.rendering_runs import CONTENDERS, OURS, measure
    from benchmarks.subjects import lumpy_ball

    own = [OURS, "ours, draw"]
    assert all(names == own for _, _, names in cases(with_pytorch3d=False, quick=False))
    beside = {(faces, pixels): names for faces, pixels, names in cases(with_pytorch3d=True, quick=False)}
    assert beside[94_000, 256] == list(CONTENDERS)
    assert beside[500_000, 256] == own
    quick = {(faces, pixels): names for faces, pixels, names in cases(with_pytorch3d=True, quick=True)}
    assert quick[94_000, 256] == own
    assert quick[5_000, 256] == list(CONTENDERS)
    with_gradient, without = with_ratios(list(measure(own, lumpy_ball(200), 32, repeats=2, patience=60.0)))
    assert with_gradient["gradient_ratio"] == 1.0
    assert with_gradient["gradient_ms"] > with_gradient["forward_ms"]
    assert with_gradient["runs"] == 2
    assert without["gradient_ratio"] is None


def test_finer_copies_of_a_mesh_look_the_same(tmp_path):
    from benchmarks.estimation_samples import with_faces

    mesh = load_mesh(EXAMPLE_SAMPLE.mesh_path)
    finer = load_mesh(with_faces(EXAMPLE_SAMPLE.mesh_path, 20_000, tmp_path))
    assert 20_000 <= len(finer.faces) < 20_003
    assert with_faces(EXAMPLE_SAMPLE.mesh_path, 100, tmp_path) == EXAMPLE_SAMPLE.mesh_path
    camera = view_from((0.5, 0.4, 1.0), size=96)
    difference = (Renderer(mesh).supersample(camera, 2) - Renderer(finer).supersample(camera, 2)).abs()
    assert difference.mean() < 1e-3


def test_estimates_are_timed_and_judged(tmp_path):
    from benchmarks.estimation import preset_summary
    from benchmarks.estimation_runs import Job, estimate_sample
    from benchmarks.estimation_samples import pictures_of

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
    from benchmarks.rendering_runs import check_same_picture

    check_same_picture(torch.device("cpu"))
