from __future__ import annotations

import csv

import pytest

from benchmarks import workers


@pytest.fixture
def seconds(monkeypatch):
    """Runs that take two seconds and a quarter of one for each image and worker."""
    asked = []

    def run_seconds(arguments, folder, count):
        images = int(arguments[arguments.index("--max_samples") + 1])
        asked.append((images, count))
        return 2.0 + 0.25 * images / count

    monkeypatch.setattr(workers, "run_seconds", run_seconds)
    monkeypatch.setattr(workers, "spin_gain", lambda: 1.25)
    return asked


def test_speeds_are_those_of_images_without_the_start_of_a_run(seconds, tmp_path, capsys):
    flags = ["--pairs", "a.csv", "--images", "8", "--memory", "0", "--output_dir", str(tmp_path)]
    workers.main(flags)
    report = (tmp_path / "workers.md").read_text()
    assert "| one process | 4 | 1 |" in report
    assert "| two workers | 8 | 2 |" in report
    assert "| two programs that count |  | 1.25 |" in report
    assert seconds == [(8, 1), (2, 1), (8, 1), (2, 2), (8, 2), (2, 1), (8, 1)]
    with (tmp_path / "speed.csv").open() as file:
        assert [row["gain"] for row in csv.DictReader(file)] == ["1.0", "2.0", "1.0", "1.25"]
    assert report.strip() in capsys.readouterr().out


def test_many_samples_are_links_to_few_images(tmp_path):
    (tmp_path / "pairs.csv").write_text("mesh,image\na.glb,x.png\nb.glb,y.png\n")
    for name in ("x.png", "y.png"):
        (tmp_path / name).write_bytes(name.encode())
    with workers.write_many(tmp_path, tmp_path / "pairs.csv", 5).open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["image"] for row in rows}) == 5
    assert [row["mesh"].rpartition("/")[2] for row in rows] == ["a.glb", "b.glb", "a.glb", "b.glb", "a.glb"]
    assert workers.count_folders(tmp_path / "none") == 0


def test_memory_is_the_median_of_what_was_held_before():
    looks = [(0, 50.0, 0.0), (7, 90.0, 180.0), (9, 100.0, 200.0), (10, 900.0, 900.0), (14, 100.0, 200.0)]
    looks += [(20, 100.0, 200.0), (40, 110.0, 200.0), (95, 110.0, 190.0)]
    rows = workers.summarize_memory(looks, 100)
    assert [row["samples"] for row in rows] == [10, 20, 50, 100]
    assert [row["run_mb"] for row in rows] == [100.0, 100.0, 110.0, 110.0]
    assert rows[-1]["growth"] == "+10.0%, -5.0%"
    with pytest.raises(SystemExit, match="too short"):
        workers.summarize_memory(looks[:2], 100)
