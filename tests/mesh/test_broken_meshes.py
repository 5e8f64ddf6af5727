"""GLB files that are damaged, cut short or absent: each is told of in one line."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh.loading import load_mesh
from tests.support.glb_builder import QUAD, QUAD_UV, GlbBuilder, quad_tree
from tests.support.messages import assert_is_one_line_about


def with_vertices(vertices: np.ndarray) -> GlbBuilder:
    builder = GlbBuilder()
    builder.mesh(builder.primitive(vertices=vertices.astype(np.float32)))
    return builder


def with_faces(faces: list) -> GlbBuilder:
    builder = GlbBuilder()
    builder.mesh(builder.primitive(faces=np.array(faces, dtype=np.uint16)))
    return builder


def with_broken_picture() -> GlbBuilder:
    builder = GlbBuilder()
    builder.textured_material(np.zeros((2, 2, 3), dtype=np.uint8))
    builder.mesh(builder.primitive(material=0, TEXCOORD_0=builder.accessor(QUAD_UV)))
    builder.tree["images"][0]["bufferView"] = 1
    return builder


BROKEN = {
    "no mesh": (GlbBuilder(), "damaged"),
    "missing node": (quad_tree(nodes=[]), "damaged"),
    "empty scene": (quad_tree(scenes=[{}]), "no node of its scene"),
    "NaN": (with_vertices(np.where(QUAD == 1, np.nan, QUAD)), "not finite"),
    "infinity": (with_vertices(np.where(QUAD == 1, np.inf, QUAD)), "not finite"),
    "one point": (with_vertices(QUAD * 0 + 3), "one point"),
    "line": (with_vertices(QUAD * [1, 0, 0]), "area"),
    "index": (with_faces([[0, 1, 99]]), "vertex 99 of 4"),
    "two indices": (with_faces([0, 1]), "damaged"),
    "no faces": (with_faces([]), "no triangles"),
    "extension": (quad_tree(extensionsRequired=["EXT_future"]), "EXT_future"),
    "picture": (with_broken_picture(), "picture 0"),
    "accessors": (quad_tree(accessors=[]), "damaged"),
    "list": (quad_tree(meshes="none"), "damaged"),
    "cycle": (quad_tree(nodes=[{"mesh": 0, "children": [0]}]), ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_content_is_one_line_with_the_path(tmp_path, capfd, what):
    builder, reason = BROKEN[what]
    path = builder.write(tmp_path / "broken file.glb")
    with pytest.raises(InputError) as caught:
        load_mesh(path)
    assert_is_one_line_about(path, caught.value, reason)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"plain text, nothing else at all", "not a GLB"),
        (b"glTF\2\0", "cut short"),
        (quad_tree().content()[:-40], "cut short"),
        (quad_tree().content().replace(b"glTF\2", b"glTF\1", 1), "version 1"),
        (quad_tree().content().replace(b'{"asset', b'["asset', 1), "JSON"),
    ],
)
def test_not_a_whole_glb(tmp_path, content, reason):
    path = tmp_path / "file.glb"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        load_mesh(path)


def test_folder_and_missing_file(tmp_path):
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(InputError, match="folder"):
        load_mesh(tmp_path / "folder.glb")
    with pytest.raises(InputError, match="no such file"):
        load_mesh(tmp_path / "missing.glb")


@pytest.mark.parametrize("cut", range(20, 600, 37))
def test_any_truncation_is_an_input_error(tmp_path, cut):
    path = tmp_path / "cut.glb"
    content = quad_tree().content()[:cut]
    path.write_bytes(content[:8] + len(content).to_bytes(4, "little") + content[12:])
    with pytest.raises(InputError):
        load_mesh(path)


def test_an_accessor_beyond_its_view_is_damage(tmp_path):
    builder = quad_tree()
    builder.tree["accessors"][0]["count"] = 5
    with pytest.raises(InputError, match="is damaged"):
        load_mesh(builder.write(tmp_path / "built.glb"))
