"""The scripts in examples/, each as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
WRITTEN = {
    "one_image": ["overlay.png"],
    "many_images": ["0.png", "1.png", "2.png", "cameras.csv"],
    "own_objective": ["camera.json"],
    "keypoints": ["keypoints.png", "spot.json"],
    "read_poses": ["spot_overlay.png"],
}


def run(name: str, *arguments: object) -> str:
    command = [sys.executable, FOLDER / f"{name}.py", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_are_tested_and_short():
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    assert scripts.keys() == WRITTEN.keys()
    for name, text in scripts.items():
        assert text.startswith('"""')
        assert f"python examples/{name}.py OUTPUT_DIR" in text
        assert len(text.splitlines()) < 60


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITTEN)
def test_runs_alone(name, tmp_path):
    assert run(name, tmp_path / "out")
    files = [path.name for path in (tmp_path / "out").iterdir() if path.is_file()]
    assert sorted(files) == WRITTEN[name]


@pytest.mark.slow
def test_poses_of_another_run_are_drawn(tmp_path):
    packaged = FOLDER.parent / "camera_estimation" / "examples"
    expected = json.loads((packaged / "expected_camera.json").read_text(encoding="utf-8"))
    files = {"mesh": str(packaged / "spot.glb"), "image": str(packaged / "spot.png")}
    failed = {"name": "other", "status": "failed", "error": "no mesh"}
    entries = [{"name": "spot", "status": "ok", **files, **expected}, failed]
    poses = {"format": "camera-estimation/poses", "version": 1, "poses": entries}
    (tmp_path / "poses.json").write_text(json.dumps(poses))
    printed = run("read_poses", tmp_path / "out", "--poses", tmp_path / "poses.json")
    assert "other: no mesh" in printed
    assert (tmp_path / "out" / "spot_overlay.png").is_file()
