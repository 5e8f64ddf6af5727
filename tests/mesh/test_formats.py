"""Formats without a file of tests in readers/, and what is alike in all."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from tests.support.painted_object import (
    COLORS,
    FACES,
    VERTICES,
    colored,
    expected_triangles,
    triangles,
)


@pytest.mark.parametrize(("suffix", "options"), [("stl", {}), ("stl", {"file_type": "stl_ascii"}), ("off", {})])
def test_formats_without_colors(tmp_path, suffix, options):
    path = tmp_path / f"thing.{suffix}"
    colored("none").export(path, **options)
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert mesh.textures[0].texels.tolist() == [[[128, 128, 128]]]


def test_colors_of_off_files_are_told(tmp_path):
    rows = [" ".join(map(str, [*vertex, *color, 255])) for vertex, color in zip(VERTICES, COLORS, strict=True)]
    faces = ["3 " + " ".join(map(str, face)) for face in FACES]
    (tmp_path / "thing.off").write_text("\n".join(["COFF", "5 6 0", *rows, *faces]))
    mesh = load_mesh(tmp_path / "thing.off")
    assert len(mesh.faces) == 6
    assert mesh.remarks == ("its colors are left out: export it as PLY to keep them",)


def test_3mf(tmp_path):
    pytest.importorskip("lxml")
    pytest.importorskip("networkx")
    colored("none").export(tmp_path / "thing.3mf")
    assert np.array_equal(triangles(load_mesh(tmp_path / "thing.3mf")), expected_triangles())


@pytest.mark.parametrize(
    ("suffix", "module", "command"),
    [
        (".dae", "collada", r"pip install camera-estimation\[meshes\]"),
        (".3mf", "lxml", r"pip install camera-estimation\[meshes\]"),
        (".usdz", "pxr", r"pip install camera-estimation\[usd\]"),
    ],
)
def test_libraries_that_are_not_installed_are_one_line(tmp_path, monkeypatch, suffix, module, command):
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / f"thing{suffix}").write_bytes(b"something")
    with pytest.raises(InputError, match=command):
        load_mesh(tmp_path / f"thing{suffix}")


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".off", ".3mf", ".dae", ".usda"])
def test_missing_and_broken_files_of_every_format(tmp_path, suffix, capfd):
    with pytest.raises(InputError, match="no such file; check the path"):
        load_mesh(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        load_mesh(tmp_path / f"folder{suffix}")
    (tmp_path / f"empty{suffix}").touch()
    with pytest.raises(InputError, match="empty"):
        load_mesh(tmp_path / f"empty{suffix}")
    (tmp_path / f"wrong{suffix}").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=rf"wrong\{suffix}: ") as caught:
        load_mesh(tmp_path / f"wrong{suffix}")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
