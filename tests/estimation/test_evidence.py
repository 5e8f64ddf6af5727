"""Evidence beside the pixels, through the whole estimate, on a plain box that an image alone leaves ambiguous."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import CameraConfig, Configuration, LossConfig
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.rotation import rotmat_geodesic_distance, rotvec_to_rotmat
from camera_estimation.images.depth_image import DepthImage
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, smooth_texture, source_image_of, view_from

SIZE = (1.0, 0.7, 0.5)
DIRECTIONS = [(0.4, 0.3, 1.0), (-1.0, 0.5, 0.3)]


class Scene:
    def __init__(self, direction, roll: float = 1.1) -> None:
        self.mesh = box(SIZE)
        self.renderer = Renderer(self.mesh)
        camera = view_from(direction, size=256)
        turn = rotvec_to_rotmat(torch.tensor([[0.0, 0.0, roll]]))
        self.camera = replace(camera, rotation=turn @ camera.rotation)
        self.image = source_image_of(self.renderer.supersample(self.camera, 4))
        self.truth = self.mesh.to_world(self.camera)

    @property
    def intrinsics(self):
        return (*self.camera.focal[0].tolist(), *self.camera.principal_point[0].tolist())

    def corners(self, wrong: int) -> Keypoints:
        """The four nearest corners; of ``wrong`` ones the image point is a third of the object off."""
        signs = torch.tensor([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=torch.float64)
        xyz = signs * torch.tensor(SIZE, dtype=torch.float64) / 2
        uv, depth = self.truth.project(xyz[None])
        nearest = depth[0].argsort()[:4]
        uv = uv[0, nearest] + 0.5 * torch.randn(4, 2, generator=torch.Generator().manual_seed(0)).double()
        uv[:wrong] += torch.tensor([40.0, -30.0], dtype=torch.float64)
        return Keypoints(xyz[nearest], uv, torch.ones(4, dtype=torch.float64), tuple("abcd"))

    def depth(self, kind: str = "metric") -> DepthImage:
        _, points = self.renderer.draw(self.camera)
        depth = points[0, 3] * self.mesh.radius
        noise = 1 + 0.005 * torch.randn(depth.shape, generator=torch.Generator().manual_seed(1))
        depth = torch.where(depth > 0, depth * noise, 0.0)
        depth[::5] = 0  # gaps
        return DepthImage(depth, kind)

    def estimate(self, evidence: Evidence, config: Configuration | None = None):
        config = config or Configuration()
        image = replace(self.image, evidence=evidence)
        known = None if config.camera.optimize_fov == "on" else self.intrinsics
        return CameraEstimator(self.mesh, config).estimate(image, intrinsics=known)

    def error_deg(self, estimate) -> float:
        return math.degrees(float(rotmat_geodesic_distance(estimate.camera.rotation, self.truth.rotation.double())))


@pytest.mark.slow
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_four_keypoints_of_which_one_is_wrong_tell_the_sides_of_a_plain_box_apart(direction):
    scene = Scene(direction)
    assert scene.estimate(Evidence()).ambiguous
    estimate = scene.estimate(Evidence(keypoints=scene.corners(wrong=1)))
    assert scene.error_deg(estimate) < 1
    assert not estimate.ambiguous
    assert estimate.keypoints is not None
    assert estimate.keypoints.rejected.tolist() == [True, False, False, False]
    assert not estimate.keypoints.hidden.any()


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["l1l2", "mask_only"])
def test_keypoints_count_under_every_objective(loss):
    scene = Scene(DIRECTIONS[0])
    evidence = Evidence(keypoints=scene.corners(wrong=1))
    estimate = scene.estimate(evidence, Configuration(loss=LossConfig(name=loss)))
    assert scene.error_deg(estimate) < 1


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "fov"), [(DIRECTIONS[0], 25.0), (DIRECTIONS[1], 60.0)])
def test_metric_depth_tells_distance_and_focal_length(direction, fov):
    scene = Scene(direction)
    config = Configuration(camera=CameraConfig(fov_deg=fov, optimize_fov="on"))
    estimate = scene.estimate(Evidence(depth=scene.depth()), config)
    distance = estimate.camera.translation[0].norm() / scene.truth.translation[0].norm()
    assert float(distance) == pytest.approx(1, abs=0.01)
    assert float(estimate.camera.focal[0, 0] / scene.camera.focal[0, 0]) == pytest.approx(1, abs=0.01)


@pytest.mark.slow
def test_a_region_of_weight_zero_may_show_anything():
    """The lower half of the picture shows another texture, as of hair that the mesh does not have."""
    mesh = box(SIZE, smooth_texture(seed=1))
    other = Renderer(box(SIZE, smooth_texture(seed=2)))
    camera = view_from(DIRECTIONS[0], size=256)
    rgba, wrong = Renderer(mesh).supersample(camera, 4), other.supersample(camera, 4).flip(1)
    rows = torch.zeros(256, 256)
    rows[130:] = 1
    wrong[:, :3] = 1 - wrong[:, :3]
    shown = torch.where(rows > 0, wrong * rgba[:, 3:], rgba)
    shown[:, 3] = rgba[:, 3]
    image = source_image_of(shown)
    known = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    errors = {}
    for name, weight in (("all", None), ("upper", 1 - rows)):
        seen = replace(image, evidence=Evidence(weight=weight))
        estimator = CameraEstimator(mesh, Configuration(loss=LossConfig(name="l1l2")))
        found = estimator.estimate(seen, intrinsics=known).camera.rotation
        errors[name] = math.degrees(float(rotmat_geodesic_distance(found, camera.rotation.double())))
    assert errors["upper"] < 0.1
    assert errors["all"] > 1.5 * errors["upper"]  # what is robust forgives most of it
