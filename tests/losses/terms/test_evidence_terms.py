from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry.camera import retract
from camera_estimation.images.view_evidence import ViewDepth, ViewEvidence, ViewKeypoints
from camera_estimation.losses.keypoint_losses import Keypoint2DLoss, Keypoint3DLoss
from camera_estimation.losses.registry import term_registry
from camera_estimation.rendering.renderer import Renderer
from tests.support.pictures import make_pictures
from tests.support.shapes import bumpy_ball, view_from

KeypointTerm, SpatialKeypointTerm, DepthTerm = (
    term_registry.get(name) for name in ("keypoints", "keypoints_3d", "depth")
)
CAMERA = view_from((0.4, 0.3, 1.0))
TWO = retract(CAMERA[[0, 0]], torch.tensor([[0.0] * 6, [0.1, 0.0, 0.05, 0.02, 0.0, 0.03]]))
IMAGES = make_pictures(2)


@pytest.fixture(scope="module")
def scene():
    """Five points of the visible surface, one of them without depth, one of less confidence."""
    renderer = Renderer(bumpy_ball(40, 60))
    _, points = renderer.draw(CAMERA)
    seen = torch.nonzero(points[0, 3] > 0)
    rows, columns = seen[torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))[:5]].T
    uv = torch.stack([columns + 0.5, rows + 0.5], dim=-1)
    xyz = points[0, :3, rows, columns].T
    depth = points[:, 3:4].clone()
    depth[..., rows[3], columns[3]] = 0
    keypoints = ViewKeypoints(xyz, uv, torch.tensor([0.25, 0.25, 0.2, 0.25, 0.05]))
    return ViewEvidence(keypoints, ViewDepth(depth, (depth > 0).float(), "metric")), renderer.draw(TWO)[1]


@pytest.mark.parametrize("loss_type", ["l1", "l2"])
def test_sums_are_those_of_the_keypoint_losses(scene, loss_type):
    evidence, _ = scene
    uv, _ = TWO.project(evidence.keypoints.xyz.expand(2, -1, -1))
    target = torch.cat([evidence.keypoints.uv / 128, evidence.keypoints.confidence[:, None]], dim=1)[None]
    expected = [float(Keypoint2DLoss(loss_type)(points[None] / 128, target)) for points in uv]
    values = KeypointTerm("cpu", loss_type).compute_loss(*IMAGES, camera=TWO, evidence=evidence)
    assert values.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert values[0] < 0.05 * values[1]


@pytest.mark.parametrize("loss_type", ["l1", "l2"])
def test_points_in_space_are_relative_to_the_root_and_need_depth(scene, loss_type):
    evidence, _ = scene
    in_camera = evidence.keypoints.xyz @ TWO.rotation.transpose(1, 2) + TWO.translation[:, None]
    confidence = evidence.keypoints.confidence.clone()
    confidence[3] = 0
    target = torch.cat([in_camera[:1], confidence[None, :, None]], dim=2)
    expected = float(Keypoint3DLoss(loss_type, 1)(in_camera[1:], target))
    values = SpatialKeypointTerm("cpu", loss_type, root_id=1).compute_loss(*IMAGES, camera=TWO, evidence=evidence)
    assert float(values[0]) < 0.15 * expected  # a pixel shows its mean point, not that of its centre
    assert float(values[1]) == pytest.approx(expected, rel=0.15)


def test_gradients_reach_the_camera(scene):
    evidence, points = scene
    for term in (KeypointTerm(), KeypointTerm("cpu", "l2"), SpatialKeypointTerm(), DepthTerm()):
        step = torch.zeros(2, 6, requires_grad=True)
        camera = retract(TWO, step)
        mask = (points[:, 3:4] > 0).float()
        values = term.compute_loss(IMAGES[0], IMAGES[1], mask, mask, camera=camera, points=points, evidence=evidence)
        assert values.shape == (2,)
        values.sum().backward()
        assert step.grad[1].abs().sum() > 0


def test_depth_that_the_render_leaves_uncovered_costs(scene):
    evidence, points = scene
    covered, none = torch.ones_like(points[:, 3:4]), torch.zeros_like(points[:, 3:4])
    arguments = {"camera": TWO, "points": points, "evidence": evidence}
    images = (IMAGES[0], IMAGES[1])
    full = DepthTerm().compute_loss(*images, covered, IMAGES[3], **arguments)
    empty = DepthTerm().compute_loss(*images, none, IMAGES[3], **arguments)
    assert (empty > full + 0.5).all()


@pytest.mark.parametrize("term", [KeypointTerm(), SpatialKeypointTerm(), DepthTerm()])
def test_missing_evidence_is_told(term):
    with pytest.raises(InputError, match=r"needs .* of the image: give --"):
        term.compute_loss(*IMAGES, camera=TWO, evidence=ViewEvidence())


def test_unknown_type_is_told():
    with pytest.raises(InputError, match="loss_type 'l3' is unknown"):
        KeypointTerm("cpu", "l3")
