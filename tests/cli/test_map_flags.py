"""``camera-estimate --maps``: into the folder of each sample."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import camera_estimation.estimation
from camera_estimation.cli.estimate import main
from camera_estimation.export import read_map
from tests.support.small_samples import stub_estimator, write_box, write_disc


@pytest.fixture(autouse=True)
def inputs(tmp_path, monkeypatch):
    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator({}, []))
    for name in ("a", "b"):
        write_box(tmp_path / "in" / f"{name}.glb")
        write_disc(tmp_path / "in" / f"{name}.png")
    return tmp_path


def run(folder, *arguments):
    files = ["--input_dir", str(folder / "in"), "--output_dir", str(folder / "out"), "--device", "cpu"]
    return CliRunner().invoke(main, [*files, *arguments])


def test_words_name_the_maps(inputs):
    result = run(inputs, "--maps", "depth", "xyz,face", "--maps_format", "npy")
    assert result.exit_code == 0, result.output
    assert "maps: of 2 samples, in the folder maps of each" in result.stdout
    names = sorted(path.name for path in (inputs / "out" / "a" / "maps").iterdir())
    assert names == ["depth.npy", "face.npy", "mesh.npz", "xyz.npy"]
    assert read_map(inputs / "out" / "b" / "maps" / "depth.npy").shape == (40, 48)


def test_finished_samples_get_maps_too_and_new_poses_lose_them(inputs):
    assert run(inputs).exit_code == 0
    result = run(inputs, "--maps", "depth")
    assert "2 skipped" in result.stdout
    assert (inputs / "out" / "a" / "maps" / "depth.exr").is_file()
    assert run(inputs, "--overwrite").exit_code == 0
    assert not (inputs / "out" / "a" / "maps").exists()


def test_a_mesh_that_is_gone_costs_its_maps_only(inputs):
    assert run(inputs).exit_code == 0
    (inputs / "in" / "a.glb").unlink()
    write_box(inputs / "in" / "moved" / "a.glb")
    result = run(inputs, "--maps", "depth")
    assert result.exit_code == 0  # a is no sample of this run
    assert "maps: of 1 sample," in result.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--maps", "depths"], "Error: maps: there is no map 'depths'; known: depth, normals"),
        (["--maps_format", "png"], "--maps_format is of the files that --maps writes: give both"),
        (["--maps", "depth", "--maps_format", "tiff"], "'tiff' is not one of"),
    ],
)
def test_wrong_usage_is_one_line(inputs, arguments, line):
    result = run(inputs, *arguments)
    assert result.exit_code == 2
    assert line in result.stderr
    assert not (inputs / "out").exists()
