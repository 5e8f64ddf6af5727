from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images.depth_image import load_depth
from camera_estimation.images.evidence_files import depth_file

DEPTH = np.linspace(0.5, 2.0, 12 * 8).reshape(8, 12).astype(np.float32)


def written(path, values=DEPTH):
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".exr":
        import OpenEXR

        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, {"Z": np.ascontiguousarray(values, dtype=np.float32)}).write(str(path))
    else:
        Image.fromarray(np.round(values * 1000).astype(np.uint16)).save(path)
    return path


@pytest.mark.parametrize(("name", "scale"), [("a.png", 0.001), ("a.tiff", 0.001), ("a.exr", 1.0), ("a.npy", 1.0)])
def test_all_forms_give_the_same_depth(tmp_path, name, scale):
    path = written(tmp_path / name)
    assert depth_file(tmp_path, "images/a.jpg") == path
    depth = load_depth(path, 12, 8, scale)
    assert torch.allclose(depth.depth, torch.from_numpy(DEPTH), atol=6e-4)


def test_what_is_no_depth_is_unknown(tmp_path):
    values = DEPTH.copy()
    values[0, :4] = [np.nan, np.inf, -1, 0]
    depth = load_depth(written(tmp_path / "a.npy", values), 12, 8).depth
    assert (depth[0, :4] == 0).all()
    assert (depth[1:] > 0).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: written(folder / "a.npy", DEPTH[:4]), "has 12x4 values and its image 12x8 pixels"),
        (lambda folder: written(folder / "a.npy", np.zeros((8, 12))), "fewer than 16 depths"),
        (lambda folder: written(folder / "a.npy", np.zeros((8, 12, 3))), "one number for each pixel"),
        (lambda folder: folder / "b.exr", "no such file"),
        (lambda folder: _bytes(folder / "a.exr"), "cannot be read as depth"),
        (lambda folder: _bytes(folder / "a.png"), "cannot be read as depth"),
        (lambda folder: _gray(folder / "a.png"), "has 8 bits a value"),
    ],
)
def test_faults_are_told_in_one_line(tmp_path, make, told):
    path = make(tmp_path)
    with pytest.raises(InputError) as raised:
        load_depth(path, 12, 8)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert told in message
    assert "\n" not in message


def _bytes(path):
    path.write_bytes(b"not a depth image at all")
    return path


def _gray(path):
    Image.fromarray(np.full((8, 12), 100, dtype=np.uint8)).save(path)
    return path
