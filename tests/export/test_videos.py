"""sequence.mp4 and turntable.mp4, read back by PyAV."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, create_exporter, export_images
from camera_estimation.io import video_writing
from camera_estimation.mesh import load_mesh
from camera_estimation.results import read_posed_images
from tests.support.runs import TRUE, Workplace, turned
from tests.support.small_samples import camera_around_box, write_box

av = pytest.importorskip("av")


def frames_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def rate_of(path: Path) -> float:
    with av.open(str(path)) as container:
        return float(container.streams.video[0].average_rate)


@pytest.fixture
def run(tmp_path) -> Path:
    """Four frames, each of which followed the one before; the overlay of frame n is a grey of 40 + 50 n."""
    folder = Workplace(tmp_path).add_run("run", {f"f_{place}": turned(TRUE, 5.0 * place) for place in range(4)})
    tree = json.loads((folder / "poses.json").read_text())
    for place, entry in enumerate(tree["poses"]):
        entry.update(start="neighbour" if place else "search", mesh=tree["poses"][0]["mesh"])
        Image.new("RGB", (entry["width"], entry["height"]), (40 + 50 * place,) * 3).save(_overlay(folder, entry))
    (folder / "poses.json").write_text(json.dumps(tree))
    return folder


def _overlay(folder: Path, entry: dict) -> Path:
    path = folder / entry["name"] / "overlay.png"
    path.parent.mkdir(exist_ok=True)
    return path


def test_frames_stand_beside_their_overlays(run, tmp_path):
    images = read_posed_images(run)
    (path,) = create_exporter("video", fps="5").write(images, tmp_path / "out")
    frames = frames_of(path)
    assert frames.shape == (4, images[0].camera.height, 2 * images[0].camera.width, 3)
    assert rate_of(path) == pytest.approx(5)
    half = images[0].camera.width
    for place, frame in enumerate(frames):
        assert frame[:, half + 2 :].mean() == pytest.approx(40 + 50 * place, abs=3)
        assert np.abs(frame[20, half // 2].astype(int) - (230, 140, 30)).max() < 12  # the disc of the source


def test_the_rate_is_that_of_the_video(run, tmp_path):
    images = [
        replace(image, entry={**image.entry, "frame": 2 * place, "time_s": place * 2 / 30})
        for place, image in enumerate(read_posed_images(run))
    ]
    (path,) = create_exporter("video").write(images, tmp_path / "out")
    assert rate_of(path) == pytest.approx(15, rel=1e-2)


def test_pictures_that_are_no_sequence_are_refused(run, tmp_path):
    images = [replace(image, entry={**image.entry, "start": "search"}) for image in read_posed_images(run)]
    with pytest.raises(InputError, match="the run has no sequence"):
        create_exporter("video").write(images, tmp_path / "out")


@pytest.mark.parametrize("option", ["fps=x", "fps=0", "fps=1e9"])
def test_odd_rates_are_refused(run, tmp_path, option):
    with pytest.raises(InputError, match="frames a second from"):
        create_exporter("video", fps=option.removeprefix("fps=")).write(read_posed_images(run), tmp_path / "out")


def test_a_missing_overlay_is_named(run, tmp_path):
    (run / "f_2" / "overlay.png").unlink()
    with pytest.raises(InputError, match=r"f_2.overlay\.png: cannot be read; estimate f_2 again"):
        create_exporter("video").write(read_posed_images(run), tmp_path / "out")


def test_a_turntable_begins_with_the_camera_and_comes_round(tmp_path):
    mesh = load_mesh(write_box(tmp_path / "box.glb"))
    image = PosedImage("a", tmp_path / "a.png", mesh.path, camera_around_box(64, 48), lambda: mesh)
    (path,) = export_images(create_exporter("turntable", seconds="0.5"), [image], tmp_path)
    frames = frames_of(path).astype(float)
    assert len(frames) == 12
    steps = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert steps[1] == pytest.approx(steps[-1], rel=0.5)
    assert steps[6] > steps[1] > 0
    for frame in frames:
        covered = np.abs(frame - 205).max(-1) > 20
        assert covered[256, 256]
        assert covered[4:-4, 4:-4].sum() == covered.sum()


def test_without_pyav_a_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(video_writing, "find_spec", lambda _: None)
    for name in ("video", "turntable"):
        with pytest.raises(InputError, match=r"pip install 'camera-estimation\[video\]'"):
            create_exporter(name)
