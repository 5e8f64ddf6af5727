"""A picture of a disc and a box that is its mesh, on disk: what tests of result files and pictures need."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.dataset.pairing import Sample
from camera_estimation.images.loading import load_source_image
from camera_estimation.images.source_image import SourceImage
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.mesh.textured_mesh import TexturedMesh
from tests.support.small_samples import write_box, write_disc


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample("disc", write_box(tmp_path / "in" / "disc.glb"), write_disc(tmp_path / "in" / "disc.png"))


@pytest.fixture
def mesh(sample: Sample) -> TexturedMesh:
    return load_mesh(sample.mesh_path)


@pytest.fixture
def image(sample: Sample) -> SourceImage:
    return load_source_image(sample.image_path)
