"""Exporters, the built-in ones and those of other packages, for a sample and for a run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.export import Exporter, PosedImage, create_exporter, exporter_registry
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import pose_entry, sample_files
from tests.support.announced_plugins import announced
from tests.support.small_samples import camera_around_box, estimate_of

MODULE = '''
import json

from camera_estimation.export import Exporter


class Centers(Exporter):
    """Where all cameras of a run are."""

    description = "centers.json: where the cameras are"
    files = ("centers.json",)

    def write(self, images, folder):
        path = folder / self.files[0]
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({image.name: image.camera.center[0].tolist() for image in images}))
        return [path]
'''


@pytest.fixture
def centers(tmp_path):
    """An exporter in a module of its own, announced as an installed package would."""
    with announced(exporter_registry, "centers", "Centers", MODULE, tmp_path):
        yield


def posed(name: str, mesh: TexturedMesh) -> PosedImage:
    return PosedImage(name, Path(f"{name}.png"), mesh.path, camera_around_box(64, 48), lambda: mesh)


def test_built_in_ones():
    assert exporter_registry.names()[0] == "canonical"
    assert all(exporter.description for exporter in exporter_registry.classes().values())
    assert "canonical.glb" in sample_files.sample_file_names()


def test_a_sample_has_its_mesh_in_camera_space(mesh, tmp_path):
    (path,) = create_exporter("canonical").write([posed("a", mesh)], tmp_path / "a")
    assert path == tmp_path / "a" / "canonical.glb"
    world = mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()
    pose = camera_around_box(64, 48).world_to_camera[0].double().numpy()
    exported = load_mesh(path)
    found = exported.center.numpy() + exported.radius * exported.vertices.double().numpy()
    np.testing.assert_allclose(found, (world @ pose[:3, :3].T + pose[:3, 3]) * (1, -1, -1), atol=1e-5)


@pytest.mark.usefixtures("centers")
def test_an_announced_one_writes_a_whole_run(mesh, tmp_path):
    exporter = create_exporter("centers")
    assert not exporter.one_image
    (path,) = exporter.write([posed("a", mesh), posed("b", mesh)], tmp_path / "run")
    assert list(json.loads(path.read_text())) == ["a", "b"]
    with pytest.raises(InputError, match="unknown exporter 'centres'; did you mean 'centers'"):
        create_exporter("centres")


def test_a_registered_one_that_lacks_a_library_says_so():
    with exporter_registry.isolate():

        @exporter_registry.register("ours")
        class Ours(Exporter):
            @classmethod
            def missing(cls):
                return "exporter ours needs a library: pip install it"

        with pytest.raises(InputError, match="needs a library: pip install it"):
            create_exporter("ours")


def test_a_mesh_of_another_format_is_exported_as_glb(mesh, tmp_path):
    """What a reader of another format made of a file: colours, textures, wrap modes and shape are kept."""
    other = tmp_path / "mesh.tri"
    other.write_text("no glTF")
    given = replace(mesh, path=other)
    (path,) = create_exporter("canonical").write([posed("a", given)], tmp_path / "a")
    exported = load_mesh(path)
    assert len(exported.faces) == len(mesh.faces)
    assert exported.radius == pytest.approx(mesh.radius, rel=1e-5)


def test_one_that_is_always_wanted_is_in_every_samples_folder(sample, mesh, image, tmp_path):
    estimate = estimate_of(image)
    with exporter_registry.isolate():

        @exporter_registry.register("name_only")
        class NameExporter(Exporter):
            one_image = always = True
            files = ("name.txt",)

            def write(self, images, folder):
                (folder / "name.txt").write_text(images[0].name)
                return [folder / "name.txt"]

        entry = pose_entry(sample, estimate, mesh)
        sample_files.write_sample(tmp_path / "out", entry, estimate, image, Renderer(mesh))
        assert sample_files.is_complete(tmp_path / "out")
        assert (tmp_path / "out" / "name.txt").read_text() == sample.name
    assert "name.txt" not in sample_files.sample_file_names()
