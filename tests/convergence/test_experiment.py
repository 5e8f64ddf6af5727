from __future__ import annotations

import csv
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.configuration import LevelConfig, LossConfig
from camera_estimation.convergence._table import COLUMNS, TABLE_NAME
from camera_estimation.convergence.experiment import Basin, basin_of
from camera_estimation.convergence.figure import FIGURE_NAME, write_basin_figure
from camera_estimation.convergence.files import has_basin, remove_basin, write_basin, write_run_figure
from camera_estimation.errors import InputError
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images.source_image import UNMASKED
from tests.support.orbits import QUICK, angle_deg, ball, orbiting_cameras, pictures
from tests.support.small_samples import estimate_of

STARTS = 18  # more than are refined at once


@pytest.fixture(scope="module")
def scene():
    mesh, truth = ball(), orbiting_cameras([25.0])
    (image,) = pictures(mesh, truth)
    return mesh, truth, image, (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())


@pytest.fixture(scope="module", params=["silhouette_color", "l1l2"])
def basin(request, scene):
    mesh, _, image, intrinsics = scene
    levels = (LevelConfig(resolution=32, blur=1.5, iterations=8, keep=1),)
    config = replace(QUICK, refinement=replace(QUICK.refinement, levels=levels))
    loss = LossConfig(name=request.param, resolution=32, steps=20, first_step=0.06)
    estimator = CameraEstimator(mesh, replace(config, loss=loss), record=True)
    return basin_of(estimator, image, STARTS, intrinsics=intrinsics)


def test_answer_is_the_best_end(basin):
    best = int(basin.losses.argmin())
    assert basin.estimate.loss == pytest.approx(float(basin.losses[best]), rel=1e-4)
    assert basin.end_error_deg[best] == pytest.approx(0, abs=1e-3)
    assert basin.converged[best]
    assert len(basin.starts) == len(basin.ends) == len(basin.losses) == STARTS
    assert [stage.name for stage in basin.estimate.stages] == ["random poses", "decide"]


def test_record_is_of_the_best_start(basin):
    best = int(basin.losses.argmin())
    iterations = basin.estimate.iterations
    assert angle_deg(iterations[0].camera, basin.starts[best]) < 1e-3
    # Alone it ends where it ended among the others but for roundings, which at 32 pixels decide what is sampled.
    assert min(angle_deg(step.camera, basin.ends[best]) for step in iterations) < 1


def test_images_without_a_mask_are_refused(scene):
    mesh, _, image, _ = scene
    with pytest.raises(InputError, match="mask"):
        basin_of(CameraEstimator(mesh, QUICK), replace(image, mask_source=UNMASKED), 2)


@pytest.fixture
def made(scene):
    """Starts 10, 40 and 100 degrees away, of which the first two end within 5 degrees."""
    image = scene[2]
    estimate = estimate_of(image)
    camera = estimate.camera[[0, 0, 0]]

    def turned(degrees):
        vectors = torch.zeros(3, 3, dtype=torch.float64)
        vectors[:, 1] = torch.tensor(degrees, dtype=torch.float64) * math.pi / 180
        return replace(camera, rotation=rotvec_to_rotmat(vectors) @ camera.rotation)

    losses = torch.tensor([0.1, 0.2, math.inf], dtype=torch.float64)
    return Basin(turned([10, 40, 100]), turned([0, 4.9, 5.1]), losses, estimate)


def test_errors_and_table(made, tmp_path):
    assert made.start_error_deg == pytest.approx([10, 40, 100])
    assert made.end_error_deg == pytest.approx([0, 4.9, 5.1], abs=1e-6)
    assert made.converged.tolist() == [True, True, False]
    write_basin(tmp_path, "ball", made)
    with (tmp_path / TABLE_NAME).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["converged"] for row in rows] == ["1", "1", "0"]
    assert [row["end_loss"] for row in rows] == ["0.1", "0.2", ""]
    assert [float(row["start_error_deg"]) for row in rows] == pytest.approx([10, 40, 100])
    assert [float(row["end_tx"]) for row in rows] == made.ends.translation[:, 0].tolist()
    assert Image.open(tmp_path / FIGURE_NAME).size == (912, 552)
    assert has_basin(tmp_path, 3)
    assert not has_basin(tmp_path, 4)
    remove_basin(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_figure_of_a_run_pools_its_samples(made, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_basin(tmp_path / name, name, made)
    folders = [tmp_path / name for name in ("a", "b", "failed")]
    write_run_figure(tmp_path, folders[:1], "l1")
    assert not (tmp_path / FIGURE_NAME).exists()
    write_run_figure(tmp_path, folders, "l1")
    assert (tmp_path / FIGURE_NAME).is_file()


def test_figure_of_one_start(tmp_path):
    write_basin_figure(tmp_path, "one", np.array([12.0]), np.array([True]))
    assert (tmp_path / FIGURE_NAME).is_file()
