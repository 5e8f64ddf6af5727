"""Blender's scenes, opened and rendered by Blender itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export import create_exporter
from camera_estimation.geometry import Distortion, Lens, LensWindow
from camera_estimation.images import distort_picture
from tests.support.exported_scenes import needs_blender, odd_camera, overlap, posed_image, silhouette

ALIKE = 0.995
RENDERER = Path(__file__).parents[1] / "support" / "blender_render.py"


def render_blend(blend: Path, folder: Path) -> dict:
    """What Blender shows of a file."""
    folder.mkdir()
    subprocess.run([sys.executable, RENDERER, blend, folder], check=True, capture_output=True)
    return json.loads((folder / "facts.json").read_text())


def covered(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))[..., 3] >= 128


@pytest.fixture(scope="module")
def images(ball, tmp_path_factory):
    """Two of one size and a tall one; each camera differs in all that a camera can."""
    folder = tmp_path_factory.mktemp("photographs")
    other = odd_camera(160, 120, direction=(-0.7, 0.1, -0.5), roll_deg=-70, offset=(-0.1, 0.25))
    return [
        posed_image(folder, "wide", ball, odd_camera(160, 120)),
        posed_image(folder, "other side", ball, other),
        posed_image(folder, "tall", ball, odd_camera(90, 150, aspect=0.8, roll_deg=170, offset=(0.0, 0.1))),
    ]


@pytest.fixture(scope="module")
def exported(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    exporter = create_exporter("blender")
    return exporter.write(images, folder), exporter


@pytest.fixture(scope="module")
def facts(exported, tmp_path_factory):
    folder = tmp_path_factory.mktemp("renders") / "first"
    return folder, render_blend(exported[0][0], folder)


@needs_blender
@pytest.mark.slow
def test_its_renders_cover_what_ours_do(images, ball, facts):
    folder, told = facts
    frames = [frame for frames in told["scenes"].values() for frame in frames]
    assert [frame["camera"] for frame in frames] == ["wide", "other side", "tall"]
    for image, frame in zip(images, frames, strict=True):
        found = covered(folder / frame["file"])
        assert found.shape == (image.camera.height, image.camera.width)
        assert overlap(found, silhouette(ball, image.camera)) > ALIKE
        assert found.mean() > 0.1


@needs_blender
@pytest.mark.slow
def test_it_opens_aligned_with_no_click(images, facts):
    _, told = facts
    assert told["opens_on"] == "160 x 120"
    assert set(told["scenes"]) == {"160 x 120", "90 x 150"}
    assert told["viewports"]
    assert set(told["viewports"]) == {"CAMERA"}
    for image, frame in zip(images, [frame for frames in told["scenes"].values() for frame in frames], strict=True):
        assert frame["shown"]
        assert Path(frame["background"]).resolve() == image.image_path.resolve()
        assert frame["stored"].startswith("//")
        assert frame["size"] == [image.camera.width, image.camera.height]


@needs_blender
@pytest.mark.slow
def test_the_script_builds_the_same_elsewhere(exported, images, ball, tmp_path):
    script = exported[0][1]
    blend = tmp_path / "elsewhere.blend"
    subprocess.run([sys.executable, script, "--", "--save", blend], check=True, capture_output=True, cwd=tmp_path)
    told = render_blend(blend, tmp_path / "renders")
    for image, frame in zip(images, [frame for frames in told["scenes"].values() for frame in frames], strict=True):
        assert overlap(covered(tmp_path / "renders" / frame["file"]), silhouette(ball, image.camera)) > ALIKE


@needs_blender
@pytest.mark.slow
def test_a_sequence_is_one_moving_camera(ball, tmp_path):
    frames = [
        posed_image(
            tmp_path / "photographs",
            f"turn_{7 + 3 * place}",
            ball,
            odd_camera(192, 192, direction=(place - 1.5, 0.4, 1.0), aspect=1.0, offset=(0.05 * place, 0.1)),
            entry={"start": "neighbour" if place else "search"},
        )
        for place in range(3)
    ]
    (blend, *_) = create_exporter("blender").write(frames[::-1], tmp_path / "export")
    (shown,) = render_blend(blend, tmp_path / "renders")["scenes"].values()
    assert {frame["camera"] for frame in shown} == {"turn"}
    assert len(shown) == 3
    for image, frame in zip(frames, shown, strict=True):
        assert overlap(covered(tmp_path / "renders" / frame["file"]), silhouette(ball, image.camera)) > ALIKE
    copies = sorted((tmp_path / "export" / "images" / "turn_7").iterdir())
    assert [copy.name for copy in copies] == ["000001.png", "000002.png", "000003.png"]
    assert copies[2].read_bytes() == frames[2].image_path.read_bytes()
    assert frames[0].image_path.is_file()


@needs_blender
@pytest.mark.slow
def test_a_distorted_picture_is_undistorted_behind(ball, tmp_path):
    """Where the mesh is in the picture that Blender has behind, its render is."""
    camera = odd_camera(160, 120, aspect=1.0, offset=(0.05, 0.0))
    values = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    lens = Lens(values, Distortion.of("opencv", {"k1": -0.25, "k2": 0.05}), 160, 120)
    image = posed_image(tmp_path, "bent", ball, camera, lens=lens)
    seen = Image.open(image.image_path).convert("RGB")
    window = LensWindow(lens, torch.eye(3, dtype=torch.float64), values, 160, 120)
    Image.fromarray(distort_picture(np.asarray(seen), window)).save(image.image_path)
    exporter = create_exporter("blender")
    (blend, *_) = exporter.write([image], tmp_path / "export")
    (line,) = exporter.remarks
    assert line.startswith("Blender has no distortion of lenses: pictures of those are written as a pinhole")
    ((frame,),) = render_blend(blend, tmp_path / "renders")["scenes"].values()
    assert Path(frame["background"]).resolve() == tmp_path / "export" / "images" / "bent.png"
    behind = np.asarray(Image.open(frame["background"]).convert("RGB"), dtype=float)
    known = behind.any(-1)
    assert np.abs(behind - np.asarray(seen, dtype=float))[known].mean() < 3
    assert overlap(covered(tmp_path / "renders" / frame["file"]), silhouette(ball, camera)) > 0.99


def test_without_blender_there_is_the_script_and_a_line(ball, images, tmp_path, monkeypatch):
    from camera_estimation.export import _blender_program

    monkeypatch.setattr(_blender_program, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    exporter = create_exporter("blender")
    files = exporter.write(images[:1], tmp_path / "export")
    assert [file.name for file in files] == ["scene.py", "mesh.glb"]
    compile(files[0].read_text("utf-8"), "scene.py", "exec")
    assert files[1].read_bytes() == ball.path.read_bytes()
    (line,) = exporter.remarks
    assert "scene.blend needs Blender: pip install 'camera-estimation[blender]'" in line


@pytest.mark.parametrize(
    ("program", "line"),
    [("no-such-blender", "no such program"), (sys.executable, "Blender did not build the scene")],
)
def test_a_program_that_is_not_blender_is_refused_in_a_line(images, tmp_path, monkeypatch, program, line):
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    (tmp_path / "bpy.py").write_text("raise ImportError('no Blender in here')")
    with pytest.raises(InputError, match=line) as caught:
        create_exporter("blender", program=program).write(images[:1], tmp_path / "export")
    assert "\n" not in str(caught.value)
