"""Meshes as they were bent to fit, from the estimate over the run's files to the GLB."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image as PictureFile

from camera_estimation.configuration import load_preset
from camera_estimation.dataset import Sample
from camera_estimation.estimation import CameraEstimator
from camera_estimation.export import create_exporter
from camera_estimation.mesh import load_mesh
from camera_estimation.refinement import SmoothDeformations
from camera_estimation.rendering import Renderer
from camera_estimation.results import image_of_entry, pose_entry, sample_files
from tests.support.exported_scenes import odd_camera, overlap, posed_image, silhouette, write_ball
from tests.support.shapes import source_image_of

SEED = 0


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    return write_ball(tmp_path_factory.mktemp("mesh") / "ball.glb")


def bent_truth(ball, config):
    """The ball's image when it is bent by twice what is usual, and the camera that took it."""
    deformations = SmoothDeformations(ball, config.deformation)
    coefficients = 2 * torch.randn(deformations.count, generator=torch.Generator().manual_seed(SEED))
    camera = odd_camera(192, 160, aspect=1.0, roll_deg=5, offset=(0.05, -0.05), distance=2.2)
    bent = Renderer(ball).with_vertices(deformations.displace(coefficients))
    rgba = bent.supersample(ball.to_normalized(camera).to(torch.float32), 4)
    return source_image_of(rgba, "bent.png"), camera


@pytest.mark.slow
@pytest.mark.parametrize("focal_known", [True, False])
def test_the_bent_mesh_fits_the_mask_better(ball, tmp_path, focal_known):
    config = load_preset("fast")
    config = replace(config, refinement=replace(config.refinement, mesh_quality="generated"))
    image, truth = bent_truth(ball, config)
    values = (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())
    estimator = CameraEstimator(ball, config)
    estimate = estimator.estimate(image, intrinsics=values if focal_known else None, initial=truth)
    assert estimate.bend is not None
    assert estimate.deformation > 0.01
    sample = Sample("bent", ball.path, image.path)
    entry = pose_entry(sample, estimate, ball)
    sample_files.write_sample(tmp_path / "bent", entry, estimate, image, Renderer(ball))
    pictures = [np.asarray(PictureFile.open(tmp_path / "bent" / name)) for name in ("overlay.png", "overlay_bent.png")]
    assert (pictures[0] != pictures[1]).any()
    posed = image_of_entry(entry, tmp_path / "bent", lambda: ball)
    exporter = create_exporter("deformed")
    (path,) = exporter.write([posed], tmp_path / "export")
    assert exporter.remarks == []
    bent, mask = load_mesh(path), image.mask[0].numpy() >= 128
    before, after = (overlap(silhouette(mesh, posed.camera), mask) for mesh in (ball, bent))
    assert after > before + 0.01
    assert after > 0.965
    np.testing.assert_array_equal(bent.textures[0].texels, ball.textures[0].texels)
    corners = [mesh.uv[mesh.faces.long()] for mesh in (ball, bent)]
    np.testing.assert_allclose(*corners, atol=1e-6)

    rigid = replace(estimate, bend=None)
    sample_files.write_sample(tmp_path / "bent", entry, rigid, image, Renderer(ball))
    assert not any((tmp_path / "bent" / name).exists() for name in ("deformation.npz", "overlay_bent.png"))


def test_without_a_deformation_the_mesh_is_as_it_was(ball, tmp_path):
    exporter = create_exporter("deformed")
    for number in range(5):
        image = posed_image(tmp_path, f"i{number}", ball, odd_camera())
        (path,) = exporter.write([replace(image, sample_folder=tmp_path)], tmp_path / image.name)
        assert path.read_bytes() == ball.path.read_bytes()
    assert exporter.remarks == ["no deformation was found for i0, i1, i2 and 2 more: the mesh is as it was"]


def test_a_deformation_that_was_not_kept_is_told(ball, tmp_path):
    exporter = create_exporter("deformed")
    image = posed_image(tmp_path, "old", ball, odd_camera(), entry={"deformation": 0.03})
    exporter.write([image], tmp_path / "export")
    assert exporter.remarks == ["old: its deformation was not kept, the mesh is as it was; estimate it again"]
