"""rembg's session with a network that the test makes; no weights are downloaded."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.segmentation.loading import create_segmenter, fetch_segmenter_weights
from camera_estimation.segmentation.names import SegmenterName
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.regions import object_mask
from camera_estimation.segmentation.segmenters import rembg as rembg_segmenter
from tests.support.masks import disc, overlap, speckled, write_brightness_network

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("rembg")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder in which rembg looks for networks, in no other."""
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "networks"))
    return tmp_path / "networks"


def picture(rgb: np.ndarray, *prompts: Prompt) -> Picture:
    return Picture(Path("made.png"), rgb, prompts={"foreground": prompts} if prompts else {})


def test_finds_what_its_network_finds(home):
    write_brightness_network(home)
    segmenter = create_segmenter("rembg")
    mask = disc()
    assert overlap(object_mask(picture(speckled(mask)), segmenter), mask) > 0.9
    assert segmenter.version.endswith(" u2netp")
    assert segmenter.working_size == 320


def test_torch_keeps_its_threads(home):
    write_brightness_network(home)
    code = (
        "import torch, sys\n"
        "torch.set_num_threads(1)\n"
        "from camera_estimation.segmentation.segmenters.rembg import RembgSegmenter\n"
        "import numpy as np\n"
        "segmenter = RembgSegmenter('u2netp')\n"
        "assert 'numba' in sys.modules\n"
        "segmenter._saliency(np.zeros((32, 32, 3), dtype=np.uint8))\n"
        "print(torch.get_num_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "1"


def test_other_networks(home):
    write_brightness_network(home, "silueta")
    assert create_segmenter("rembg:silueta").version.endswith(" silueta")


def test_sees_only_the_box(home):
    write_brightness_network(home)
    first, second = disc(center=(28, 36), radius=14), disc(center=(70, 36), radius=14)
    found = object_mask(picture(speckled(first | second), Prompt((14, 22, 43, 51))), create_segmenter("rembg"))
    assert overlap(found, first) > 0.85
    assert found[:, 50:].max() == 0


def test_a_picture_of_one_color_has_no_object(home):
    write_brightness_network(home)
    assert object_mask(picture(np.full((40, 40, 3), 90, np.uint8)), create_segmenter("rembg")).max() == 0


def test_missing_weights(home):
    with pytest.raises(MissingWeightsError) as caught:
        create_segmenter("rembg")
    assert "camera-masks --segmenter rembg:u2netp --fetch_weights" in str(caught.value)
    assert f"u2netp.onnx into {home}" in str(caught.value)


def test_missing_weights_are_told_at_once(tmp_path):
    """Without loading rembg, whose imports compile for a minute or two when they are first used."""
    code = (
        "import sys\n"
        "from camera_estimation.errors import MissingWeightsError\n"
        "from camera_estimation.segmentation.loading import create_segmenter\n"
        "try: create_segmenter('rembg')\n"
        "except MissingWeightsError as error: print('fetch_weights' in str(error), 'rembg' in sys.modules)"
    )
    environment = {**os.environ, "U2NET_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert done.stdout.split() == ["True", "False"]


def test_what_numba_compiles_is_told_and_what_its_cache_has_is_not(tmp_path):
    """A module that compiles when it is imported, as that of rembg which takes a minute or two."""
    (tmp_path / "compiled_at_import.py").write_text(
        "import numba\n\n\n@numba.njit('int64(int64)', cache=True)\ndef double(value):\n    return 2 * value\n"
    )
    code = (
        "from camera_estimation.io import tell_of_compilation\n"
        "from camera_estimation.segmentation._numba_compilation import watch_numba\n"
        "tell_of_compilation(print)\n"
        "with watch_numba('what rembg needs', 'a minute'):\n"
        "    import compiled_at_import\n"
    )
    folders = os.pathsep.join([str(tmp_path), os.getcwd()])
    environment = {**os.environ, "PYTHONPATH": folders, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout for _ in range(2)
    )
    assert first == "compiling what rembg needs for this machine: this takes a minute, and is kept for later runs\n"
    assert second == ""


@pytest.mark.parametrize("variables", [["U2NET_HOME"], ["REMBG_HOME"], ["XDG_DATA_HOME"], ["HOME"]])
@pytest.mark.parametrize("flat", [True, False])
def test_weights_are_looked_for_where_rembg_does(tmp_path, monkeypatch, variables, flat):
    for name in ("U2NET_HOME", "REMBG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", *variables):
        monkeypatch.setenv(name, str(tmp_path / name))
    session = rembg_segmenter._session_class("u2netp")
    place = Path(session.legacy_home() if flat else session.model_dir()) / "u2netp.onnx"
    place.parent.mkdir(parents=True)
    place.touch()
    asked = rembg_segmenter._file_of_rembg("u2netp")
    monkeypatch.delitem(sys.modules, "rembg")
    assert rembg_segmenter._weights_file("u2netp") == place == asked


def test_damaged_weights(home):
    path = write_brightness_network(home)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"u2netp\.onnx: is no model for onnxruntime .* delete it"):
        create_segmenter("rembg")


def test_what_is_not_installed(home, monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr(rembg_segmenter, "find_spec", lambda name: None if name == "rembg" else known(name))
    with pytest.raises(InputError, match=r"needs rembg, not installed here: .*camera-estimation\[segment\]"):
        create_segmenter("rembg")


def test_a_download_that_fails_is_one_line(home, monkeypatch):
    def refuse(*_, **__):
        raise ConnectionError("no\nroute")

    monkeypatch.setattr("pooch.retrieve", refuse)
    with pytest.raises(InputError, match=r"u2netp: cannot be downloaded \(ConnectionError: no route\); or put"):
        fetch_segmenter_weights(SegmenterName("rembg", "u2netp"))


def test_what_is_there_is_not_fetched(home):
    path = write_brightness_network(home)
    assert fetch_segmenter_weights(SegmenterName("rembg", "u2netp")) == path


def test_small_parts_in_a_box_are_of_other_things():
    """A large part, another half as large (the object behind a post), and a corner of a neighbour with its soft rim."""
    mask = np.zeros((60, 90), dtype=np.float32)
    mask[10:40, 5:35] = 1
    mask[10:40, 40:55] = 0.9
    neighbor = np.zeros_like(mask, dtype=bool)
    neighbor[50:55, 70:84] = True
    mask[49:56, 69:85] = 0.2
    mask[neighbor] = 1
    kept = rembg_segmenter.main_parts(mask)
    assert (kept[10:40, 5:35] == 1).all()
    assert (kept[10:40, 40:55] == np.float32(0.9)).all()
    assert (kept[45:] == 0).all()
    assert np.array_equal(rembg_segmenter.main_parts(kept), kept)
