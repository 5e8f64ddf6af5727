"""Inputs in cloud storage, as the command line reads them, from a server that speaks S3."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.workers import SMALLEST
from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.cli.estimate import main as estimate
from camera_estimation.cli.evaluate import main as evaluate
from camera_estimation.cli.export import main as export
from camera_estimation.cli.masks import main as make_masks
from camera_estimation.io.cloud.object_states import forget_states
from camera_estimation.results.pose_file import read_poses
from tests.support.cloud_fixtures import BUCKET
from tests.support.process_runs import finish
from tests.support.small_samples import write_box, write_disc

MESH, IMAGE = "s3://bucket/meshes/box.glb", "s3://bucket/images/disc.png"


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "smallest.toml"
    path.write_text(SMALLEST)
    return path


@pytest.fixture
def stored(s3, tmp_path):
    """A mesh and a picture in the bucket."""
    put(s3, write_box(tmp_path / "box.glb"), "meshes/box.glb")
    put(s3, write_disc(tmp_path / "disc.png"), "images/disc.png")
    return s3


def put(s3, path: Path, key: str) -> None:
    s3.upload_file(str(path), BUCKET, key)


def write_pairs(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["mesh,image", *rows]) + "\n")
    return path


def run(arguments, settings, output):
    """The exit code of a run in this process."""
    words = [
        *map(str, arguments),
        "--config",
        str(settings),
        "--output_dir",
        str(output),
        "--device=cpu",
        "--no_pictures",
    ]
    with pytest.raises(SystemExit) as ending:
        estimate([*words, "--device=cpu", "--no_pictures"])
    return ending.value.code


def test_a_pair_in_a_bucket(stored, settings, tmp_path, capsys, own_copies):
    pairs = write_pairs(tmp_path / "pairs.csv", f"{MESH},{IMAGE}")
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 0
    assert f"inputs in cloud storage are copied to {own_copies}, of which up to 20 GB stay;" in capsys.readouterr().err
    (entry,) = json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    assert (entry["name"], entry["status"], entry["mesh"], entry["image"]) == ("disc", "ok", MESH, IMAGE)
    assert entry["absolute_paths"] == {"mesh": MESH, "image": IMAGE}
    assert (tmp_path / "out" / "disc" / "camera.json").is_file()
    for name in ("poses.json", "poses.csv", "report.html", "run.json"):
        assert str(own_copies) not in (tmp_path / "out" / name).read_text()
    assert read_poses(tmp_path / "out")[0]["mesh"] == MESH


def test_what_has_not_changed_is_skipped_and_what_has_is_not(stored, settings, tmp_path, capsys):
    pairs = write_pairs(tmp_path / "pairs.csv", f"{MESH},{IMAGE}")
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 0
    forget_states()
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 0
    assert "skipping what is finished: 1 of 1" in capsys.readouterr().err
    put(stored, write_disc(tmp_path / "other.png", width=50), "images/disc.png")
    forget_states()
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 0
    assert "1 finished sample is out of date and estimated again; changed: image of 1" in capsys.readouterr().err
    assert read_poses(tmp_path / "out")[0]["width"] == 50


def test_what_is_wrong_is_a_line_of_its_sample(stored, settings, tmp_path, capsys):
    mesh = write_box(tmp_path / "box.glb")
    pairs = write_pairs(
        tmp_path / "pairs.csv",
        f"{MESH},{IMAGE}",
        f"{MESH},s3://bucket/images/none.png",
        f"s3://no-such-bucket/a.glb,{IMAGE}",
        f"{mesh},http://169.254.169.254/meta.png",
        f"{mesh},file:///etc/passwd",
    )
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 1
    errors = {entry["name"]: entry["error"] for entry in read_poses(tmp_path / "out")}
    assert errors == {
        "disc__box": None,
        "disc__a": "s3://no-such-bucket/a.glb: no such file; check the path",
        "none": "s3://bucket/images/none.png: no such file; check the path",
        "meta": "http://169.254.169.254/meta.png: inputs are files, or in cloud storage (s3://, gs://, az://); "
        "download it",
        "passwd": "file://etc/passwd: inputs are files, or in cloud storage (s3://, gs://, az://); download it",
    }
    assert "Traceback" not in capsys.readouterr().err


def test_folders_and_a_table_in_a_bucket(stored, settings, tmp_path):
    put(stored, write_disc(tmp_path / "box.png"), "images/box.png")
    put(stored, write_disc(tmp_path / "mask.png"), "masks/box.png")
    folders = ["--input_dir", "s3://bucket/meshes", "--source_images_dir", "s3://bucket/images/"]
    assert run([*folders, "--masks_dir", "s3://bucket/masks"], settings, tmp_path / "out") == 0
    assert [entry["image"] for entry in read_poses(tmp_path / "out")] == ["s3://bucket/images/box.png"]
    table = write_pairs(tmp_path / "pairs.csv", "../meshes/box.glb,../images/disc.png")
    put(stored, table, "tables/pairs.csv")
    assert run(["--pairs", "s3://bucket/tables/pairs.csv"], settings, tmp_path / "other") == 0
    assert [entry["image"] for entry in read_poses(tmp_path / "other")] == [IMAGE]


def test_a_single_mesh_and_image(stored, settings, tmp_path):
    assert run(["--input_dir", MESH, "--source_images_dir", IMAGE], settings, tmp_path / "out") == 0
    assert [entry["mesh"] for entry in read_poses(tmp_path / "out")] == [MESH]


def test_a_folder_that_is_not_there(stored, settings, tmp_path, capsys):
    code = run(["--input_dir", "s3://bucket/none", "--source_images_dir", IMAGE], settings, tmp_path / "out")
    assert code == 2
    assert "Error: s3://bucket/none: no such file or folder" in capsys.readouterr().err


def test_results_are_not_written_there(settings, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["--demo"], settings, "s3://bucket/out") == 2
    assert (
        "s3://bucket/out: is in cloud storage, and results are written on this machine; name" in capsys.readouterr().err
    )
    assert not (tmp_path / "s3:").exists()


@pytest.mark.parametrize("url", ["s3://user@host/a", "s3://bucket/a?x=1", "s3://bucket//a"])
def test_a_url_that_names_nothing_is_wrong_usage(settings, tmp_path, capsys, url):
    assert run(["--input_dir", url], settings, tmp_path / "out") == 2
    assert f"'--input_dir' / '--input-dir': {url}:" in capsys.readouterr().err


def test_many_rows_start_at_once(stored, settings, tmp_path):
    """No object is asked for before its sample comes."""
    rows = (f"{MESH},s3://bucket/images/{number:06d}.png" for number in range(20_000))
    pairs = write_pairs(tmp_path / "pairs.csv", f"{MESH},s3://bucket/images/000000.png", *rows)
    start = time.perf_counter()
    assert run(["--pairs", pairs, "--max_samples", "1"], settings, tmp_path / "out") == 1
    assert time.perf_counter() - start < 30


@pytest.mark.slow
def test_the_example_with_two_workers_that_share_copies(s3, settings, tmp_path, own_copies):
    """The installed program, on the packaged mesh and picture, with what it needs from the environment alone."""
    put(s3, EXAMPLE_SAMPLE.mesh_path, "spot.glb")
    for number in range(4):
        put(s3, EXAMPLE_SAMPLE.image_path, f"spot_{number}.png")
    rows = [f"s3://bucket/spot.glb,s3://bucket/spot_{number}.png" for number in range(4)]
    pairs = write_pairs(tmp_path / "pairs.csv", *rows, "s3://bucket/spot.glb,s3://bucket/none.png")
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--pairs", str(pairs), "--workers", "2"]
    command += ["--config", str(settings), "--output_dir", str(tmp_path / "out"), "--device=cpu", "--no_pictures"]
    code, _, err = finish(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    assert code == 1
    assert "FAILED none: s3://bucket/none.png: no such file; check the path" in err
    assert [entry["status"] for entry in read_poses(tmp_path / "out")] == ["failed", *["ok"] * 4]
    copied = [json.loads(path.read_text())["url"] for path in own_copies.rglob("*.json")]
    assert sorted(copied) == ["s3://bucket/spot.glb", *[f"s3://bucket/spot_{number}.png" for number in range(4)]]
    assert not list(own_copies.rglob(".*"))


def test_masks_of_a_folder_in_a_bucket(stored, tmp_path, own_copies):
    with pytest.raises(SystemExit) as ending:
        make_masks(
            ["--source_images_dir", "s3://bucket/images", "--output_dir", str(tmp_path / "masks"), "--device=cpu"]
        )
    assert ending.value.code == 0
    assert "disc.png" in [path.name for path in (tmp_path / "masks").iterdir()]


def test_a_run_is_judged_and_exported_from_a_bucket(stored, settings, tmp_path, capsys):
    pairs = write_pairs(tmp_path / "pairs.csv", f"{MESH},{IMAGE}")
    assert run(["--pairs", pairs], settings, tmp_path / "out") == 0
    put(stored, tmp_path / "out" / "disc" / "camera.json", "truth/disc.json")
    forget_states()
    with pytest.raises(SystemExit) as ending:
        evaluate(["--poses", str(tmp_path / "out"), "--ground_truth", "s3://bucket/truth"])
    assert ending.value.code == 0
    assert "written to" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ending:
        export([str(tmp_path / "out"), "--format", "nerfstudio", "--format", "gltf"])
    assert ending.value.code == 0
    assert (tmp_path / "out" / "export" / "nerfstudio" / "images" / "disc.png").is_file()
