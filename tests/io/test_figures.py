from __future__ import annotations

import pytest
from PIL import Image

from camera_estimation.io import figure_files, write_figure

matplotlib = pytest.importorskip("matplotlib")


def draw():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), dpi=100)
    figure.subplots().set_title("recall")
    return figure


def test_a_figure_is_there_for_the_eye_and_for_papers(tmp_path):
    write_figure(tmp_path / "made.png", draw())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(figure_files("made.png"))
    with Image.open(tmp_path / "made.png") as picture:
        assert picture.size == (200, 100)
    assert (tmp_path / "made.pdf").read_bytes().startswith(b"%PDF")
    assert ">recall</text>" in (tmp_path / "made.svg").read_text()
    before = [(tmp_path / name).read_bytes() for name in figure_files("made.png")]
    write_figure(tmp_path / "made.png", draw())
    assert [(tmp_path / name).read_bytes() for name in figure_files("made.png")] == before
