"""Meshes that other programs open, and show as they were estimated with."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.export import PosedImage
from camera_estimation.export._portable_mesh import portable_glb
from camera_estimation.mesh import load_mesh
from tests.support.exported_scenes import odd_camera
from tests.support.glb_builder import GlbBuilder


def content_of(path: Path) -> tuple[bytes, str | None]:
    return portable_glb(PosedImage("a", Path("a.png"), path, odd_camera(), lambda: load_mesh(path)))


@pytest.fixture
def builder():
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["nodes"] = [{"mesh": 0}]
    builder.tree["scenes"], builder.tree["scene"] = [{"nodes": [0]}], 0
    return builder


def test_a_plain_file_is_taken_as_it_is(builder, tmp_path):
    builder.tree["extensionsUsed"] = ["KHR_materials_clearcoat", "KHR_texture_transform"]
    path = builder.write(tmp_path / "plain.glb")
    assert content_of(path) == (path.read_bytes(), None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"scenes": [{"nodes": [0]}, {"nodes": []}]}, "several scenes"),
        ({"animations": [{"channels": [], "samplers": []}]}, "animations"),
        ({"extensionsUsed": ["EXT_other"]}, "the extension EXT_other"),
        ({"images": [{"uri": "data:image/png;base64,"}]}, "data in other places"),
        (
            {"nodes": [{"mesh": 0}, {"extensions": {"KHR_node_visibility": {"visible": False}}}]},
            "the extension KHR_node_visibility",
        ),
    ],
)
def test_what_others_show_otherwise_is_written_anew(builder, tmp_path, change, reason):
    builder.tree.update(change)
    path = builder.write(tmp_path / "odd.glb")
    content, line = content_of(path)
    assert content != path.read_bytes()
    assert line is not None
    assert line.startswith("odd.glb: is written anew")
    assert line.endswith(reason) or reason in line
    (tmp_path / "again.glb").write_bytes(content)
    assert len(load_mesh(tmp_path / "again.glb").faces) == len(load_mesh(path).faces)
