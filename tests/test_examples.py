"""The scripts in examples/: one as a person runs it, the others in this process, which has loaded torch already."""

from __future__ import annotations

import json
import runpy
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


@pytest.fixture
def run(monkeypatch, capsys):
    def run_script(name: str, *arguments: object) -> str:
        script = str(FOLDER / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        runpy.run_path(script, run_name="__main__")
        return capsys.readouterr().out

    return run_script


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_all_are_tested_and_short():
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    assert scripts.keys() == WRITTEN.keys()
    for name, text in scripts.items():
        assert text.startswith('"""')
        assert f"python examples/{name}.py OUTPUT_DIR" in text
        assert len(text.splitlines()) < 60


@pytest.mark.slow
def test_one_runs_alone(tmp_path):
    command = [sys.executable, FOLDER / "one_image.py", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert files_in(tmp_path / "out") == WRITTEN["one_image"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WRITTEN if name != "one_image"])
def test_writes_its_files(run, name, tmp_path):
    assert run(name, tmp_path / "out")
    assert files_in(tmp_path / "out") == WRITTEN[name]


@pytest.mark.slow
def test_poses_of_another_run_are_drawn(run, tmp_path):
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
