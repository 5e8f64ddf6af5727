from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.batch.pairing import Sample
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.source_image import SourceImage, load_source_image
from tests.small_samples import write_box, write_disc


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample("disc", write_box(tmp_path / "in" / "disc.glb"), write_disc(tmp_path / "in" / "disc.png"))


@pytest.fixture
def mesh(sample: Sample) -> TexturedMesh:
    return load_mesh(sample.mesh_path)


@pytest.fixture
def image(sample: Sample) -> SourceImage:
    return load_source_image(sample.image_path)
