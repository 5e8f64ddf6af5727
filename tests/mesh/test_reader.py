"""Mesh readers of other packages and of a user's own code, by the way that the built-in one goes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.dataset import pair_by_name
from camera_estimation.errors import InputError
from camera_estimation.mesh import MeshReader, Scene, Texture, load_mesh, mesh_reader_registry, mesh_suffixes
from tests.support.announced_plugins import announced
from tests.support.glb_builder import QUAD, QUAD_FACES, QUAD_UV, GlbBuilder

MODULE = '''
from camera_estimation.mesh import MeshReader


class PointTable(MeshReader):
    """Three numbers a line, three lines a triangle."""

    suffixes = (".tri",)
    remedy = "write nine numbers a triangle"

    def read(self, path):
        import numpy as np
        import torch

        from camera_estimation.mesh import Scene, Texture

        vertices = np.array([line.split() for line in path.read_text().splitlines()], dtype=np.float64)
        faces = np.arange(len(vertices)).reshape(-1, 3)
        gray = Texture(torch.full((1, 1, 3), 128, dtype=torch.uint8))
        ones, zeros = np.ones_like(vertices), np.zeros((len(vertices), 2))
        return Scene(vertices, faces, zeros, ones, np.zeros(len(faces), dtype=np.int64), (gray,))
'''


@pytest.fixture
def point_table(tmp_path):
    """A reader in a module of its own, announced as an installed package would."""
    with announced(mesh_reader_registry, "point_table", "PointTable", MODULE, tmp_path):
        yield


def test_built_in_ones():
    assert mesh_reader_registry.names()[0] == "glb"
    assert mesh_suffixes()[0] == ".glb"
    assert all(reader.suffixes and reader.description for reader in mesh_reader_registry.classes().values())


@pytest.mark.usefixtures("point_table")
def test_an_announced_one_reads_its_files(tmp_path):
    corners = [[0, 0, 0], [2, 0, 0], [0, 4, 0], [0, 0, 0], [0, 0, 0], [9, 9, 9]]
    (tmp_path / "thing.tri").write_text("\n".join(" ".join(map(str, corner)) for corner in corners))
    mesh = load_mesh(tmp_path / "thing.tri")
    assert len(mesh.faces) == 1  # the other has no area
    assert mesh.center.tolist() == [1.0, 2.0, 0.0]
    (tmp_path / "odd.TRI").write_text("1 2 x")
    with pytest.raises(InputError, match=r"odd\.TRI: is damaged \(ValueError: .*\); write nine numbers a triangle"):
        load_mesh(tmp_path / "odd.TRI")
    (tmp_path / "empty.tri").write_text("")
    with pytest.raises(InputError, match=r"empty\.tri: "):
        load_mesh(tmp_path / "empty.tri")


@pytest.mark.usefixtures("point_table")
def test_files_of_an_announced_one_are_paired_with_images(tmp_path):
    for name in ("a.tri", "b.glb", "c.xyz", "a.png", "b.png", "c.png"):
        (tmp_path / name).touch()
    assert [sample.mesh_path.name for sample in pair_by_name(tmp_path).samples] == ["a.tri", "b.glb"]


def test_a_registered_one_is_known_at_once(tmp_path):
    with mesh_reader_registry.isolate():

        @mesh_reader_registry.register("quad")
        class QuadReader(MeshReader):
            suffixes = (".quad",)

            def read(self, path):
                texture = Texture(torch.zeros((1, 1, 3), dtype=torch.uint8))
                numbers = np.zeros(2, dtype=np.int64)
                return Scene(QUAD.astype(float), QUAD_FACES.astype(int), QUAD_UV, np.ones((4, 3)), numbers, (texture,))

        assert len(load_mesh(tmp_path / "any.quad").faces) == 2
        assert ".quad" in mesh_suffixes()
    assert ".quad" not in mesh_suffixes()


def test_a_name_that_no_reader_knows_is_read_as_glb(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    assert len(load_mesh(builder.write(tmp_path / "mesh.bin")).faces) == 2
    (tmp_path / "mesh.xyz").write_text("v 0 0 0 and more than enough")
    with pytest.raises(InputError, match=r"is not a GLB file; export the mesh as binary glTF 2\.0"):
        load_mesh(tmp_path / "mesh.xyz")
