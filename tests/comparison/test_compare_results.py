from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from camera_estimation.comparison import compare_results
from camera_estimation.comparison.page._pictures import object_window
from camera_estimation.comparison.summary.summary_tables import COLUMNS


def write_results(folder: Path, samples: int, objectives: int) -> None:
    """Every second objective failed; one render for all."""
    render = Image.new("RGBA", (40, 30))
    render.paste((200, 90, 10, 255), (10, 5, 30, 20))
    render.save(folder / "render.png")
    with (folder / "summary.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for objective in range(objectives):
            for sample in range(samples):
                ok = {"status": "ok", "loss": "0.25", "render": "render.png", "rotation_error_deg": "1.5"}
                failed = {"status": "failed", "error": "no $weights$ here, " * 20}
                row = failed if objective % 2 else ok
                names = {"objective": f"loss $_{objective}", "sample": f"sample_{sample}", "source": "render.png"}
                writer.writerow({**names, **row})
    shutil.copy(compare_results.__file__, folder / "compare_results.py")


@pytest.mark.slow
def test_many_results_go_into_several_pictures(tmp_path):
    write_results(tmp_path, samples=14, objectives=9)
    command = [sys.executable, "compare_results.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    pictures = ["comparison.png", "comparison_2.png", "comparison_3.png", "comparison_4.png"]
    assert done.stdout.split() == pictures
    for name in pictures:
        with Image.open(tmp_path / name) as drawn:
            assert max(drawn.size) < 6000


def test_only_the_objectives_that_are_named_are_drawn(tmp_path):
    write_results(tmp_path, samples=1, objectives=2)
    command = [sys.executable, "compare_results.py"]
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 120}
    subprocess.run([*command, "loss $_0"], **run, check=True)
    with Image.open(tmp_path / "comparison.png") as drawn:
        assert drawn.width < 600
    wrong = subprocess.run([*command, "nothing"], **run)
    assert wrong.returncode == 1
    assert "no objective 'nothing'" in wrong.stderr


def test_chunks_are_nearly_equal():
    assert [len(chunk) for chunk in compare_results.chunks(list("abcdefghijklm"), 12)] == [7, 6]
    assert compare_results.chunks([], 12) == []


def test_windows_hold_the_object_with_a_margin(tmp_path):
    write_results(tmp_path, samples=1, objectives=1)
    expected = (0.25 - 0.075, 1 / 6 - 0.075, 0.75 + 0.075, 2 / 3 + 0.075)
    assert object_window([tmp_path / "render.png"]) == pytest.approx(expected)
    with Image.open(tmp_path / "render.png") as render:
        assert compare_results.window_of([render.convert("RGBA")]) == pytest.approx(expected)
    assert object_window([]) == (0, 0, 1, 1)
