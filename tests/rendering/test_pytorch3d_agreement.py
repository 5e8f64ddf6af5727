"""The project's own kernels and PyTorch3D's rasteriser draw the same pictures, surfaces and pose gradients.

Each budget is stated beside what was measured (a CPU, PyTorch3D 0.7.9, torch 2.12): wide enough for other processors'
rounding, far too narrow for a half pixel, a flipped axis or another texture level.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation import load_mesh
from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.errors import InputError
from camera_estimation.geometry.camera import Camera, concatenate, retract
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, TexturedMesh
from camera_estimation.rendering.renderer import Renderer, check_renderer, create_renderer
from tests.support.shapes import bumpy_ball, ground_below_camera, mesh_of, smooth_texture, view_from

try:
    check_renderer("pytorch3d")
except InputError as error:
    pytest.skip(str(error), allow_module_level=True)

QUAD = [[0, 1, 2], [0, 2, 3]]
SQUARE = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]

# Samples that only one of the two sees, as a share of the silhouette: measured 0 on all meshes below. A sample within
# rounding of a silhouette's edge may go either way, of some 10^5 samples a few.
COVERAGE_BUDGET = 1e-4
# Largest difference of depth, in object radii: measured 9e-6, most of it the 2e-6 of the depth that the PyTorch3D side
# keeps coincident sheets apart by. Over 99.9 % of the pixels: where two samples of a pixel are equally near, each may
# report another one.
DEPTH_BUDGET = 5e-5
# Mean difference of colour over the pixels covered, of 1: measured 2e-7, and 7e-6 where a sample between two texture
# levels goes either way.
COLOR_BUDGET = 5e-5
# Relative difference of pose gradients: measured 6e-7, and 5e-4 where texture levels differ as above.
GRADIENT_BUDGET = 2e-3


def off_center_view(size: int) -> Camera:
    """Neither the image nor its pixels are square, nor is the object centred: nothing that mixes up axes agrees."""
    camera = view_from((0.5, 0.4, 1.0), distance=3.5, size=size)
    focal = camera.focal * torch.tensor([[1.05, 0.9]])
    center = camera.principal_point + torch.tensor([[7.3, -5.6]])
    return replace(camera, focal=focal, principal_point=center, width=size + 29, height=size - 6)


def both_renderers(mesh: TexturedMesh) -> tuple[Renderer, Renderer]:
    return create_renderer(mesh, "warp"), create_renderer(mesh, "pytorch3d")


def patchwork() -> TexturedMesh:
    """A ball with two textures, one wrapped and one mirrored or clamped, times colours of its vertices."""
    ball = bumpy_ball(40, 40)
    first = replace(smooth_texture(64, seed=1), wrap_v=MIRRORED_REPEAT)
    second = replace(smooth_texture(128, seed=2), wrap_u=CLAMP_TO_EDGE, wrap_v=CLAMP_TO_EDGE)
    return replace(
        ball,
        uv=ball.uv * 2.7 - 0.8,
        textures=(first, second),
        face_texture=(torch.arange(len(ball.faces)) // 7 % 2).int(),
        vertex_colors=0.5 + 0.5 * torch.rand(len(ball.vertices), 3, generator=torch.Generator().manual_seed(0)),
    )


@pytest.fixture(scope="module", params=["5k faces", "80k faces", "packaged example", "patchwork"])
def mesh(request) -> TexturedMesh:
    match request.param:
        case "5k faces":
            return bumpy_ball(50, 50)
        case "80k faces":
            return bumpy_ball(200, 200)
        case "packaged example":
            return load_mesh(EXAMPLE_SAMPLE.mesh_path)
        case _:
            return patchwork()


@pytest.mark.parametrize("size", [100, 200])  # four and two samples a side of a pixel
def test_coverage_depth_and_color_agree(mesh, size):
    camera = off_center_view(size)
    ours, theirs = (renderer.render(camera) for renderer in both_renderers(mesh))
    covered = (ours.points[:, 3] > 0) & (theirs.points[:, 3] > 0)
    assert covered.float().mean() > 0.1
    coverage = (ours.mask - theirs.mask).abs().sum() / ours.mask.sum()
    depth = (ours.points[:, 3] - theirs.points[:, 3])[covered].abs().quantile(0.999)
    color = (ours.image - theirs.image).abs().mean(1)[covered].mean()
    print(f"coverage {coverage:.1e}, depth {depth:.1e}, colour {color:.1e}")
    assert coverage <= COVERAGE_BUDGET
    assert depth <= DEPTH_BUDGET
    assert color <= COLOR_BUDGET
    facing = (ours.points[:, 4] - theirs.points[:, 4])[covered].abs().mean()
    assert facing <= 1e-3  # measured 6e-6: where a pixel's two nearest samples tie, their faces may differ


def test_pose_gradients_agree(mesh):
    camera = off_center_view(100)
    gradients = []
    for renderer in both_renderers(mesh):
        step = torch.zeros(1, 7, requires_grad=True)
        view = renderer.render(retract(camera, step))
        target = renderer.supersample(retract(camera, torch.full((1, 7), 0.02)), 2)
        (torch.cat([view.image, view.mask], dim=1) - target).square().sum().backward()
        gradients.append(step.grad[0])
    difference = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    print(f"gradient {difference:.1e}")
    assert difference <= GRADIENT_BUDGET


def test_pose_gradient_agrees_with_pytorch3d_s_own_inside_of_the_silhouette():
    """Off silhouettes PyTorch3D differentiates colour analytically: rasteriser, interpolation and texture lookup."""
    mesh = bumpy_ball(30, 30, smooth_texture(128))
    camera = view_from((0.5, 0.4, 1.0), distance=3.5, size=256)
    ours = create_renderer(mesh)
    target = ours.supersample(retract(camera, torch.full((1, 6), 0.02)), 2)
    seen = ours.render(camera)
    interior = -torch.nn.functional.max_pool2d(-seen.mask, 21, 1, 10)

    step = torch.zeros(1, 6, requires_grad=True)
    view = ours.render(retract(camera, step))
    (interior * (view.image - target[:, :3])).square().sum().backward()
    analytic = torch.zeros(1, 6, requires_grad=True)
    image = differentiable_image(mesh, retract(camera, analytic), samples=2)
    (interior * (image - target[:, :3])).square().sum().backward()
    cosine = torch.cosine_similarity(step.grad[0], analytic.grad[0], dim=0)
    ratio = step.grad.norm() / analytic.grad.norm()
    print(f"cosine {cosine:.5f}, ratio {ratio:.4f}")
    # Measured 0.99999 and 0.998: differences over a pixel see a little less of fine texture than derivatives do.
    assert cosine >= 0.999
    assert ratio == pytest.approx(1.0, abs=0.01)


def differentiable_image(mesh: TexturedMesh, camera: Camera, samples: int) -> torch.Tensor:
    """A square image from PyTorch3D's rasteriser and torch's bilinear lookup, without any code of the renderers."""
    from pytorch3d.renderer.mesh.rasterize_meshes import rasterize_meshes
    from pytorch3d.structures import Meshes

    size = camera.width
    uv, depth = camera.project(mesh.vertices[None])
    corners = torch.cat([1 - 2 * uv[0] / size, depth[0, :, None]], dim=1)
    faces = mesh.faces.long()
    found, _, barycentric, _ = rasterize_meshes(
        Meshes([corners], [faces]), image_size=size * samples, faces_per_pixel=1, perspective_correct=True
    )
    place = (mesh.uv[faces[found[..., 0].clamp(min=0)]] * barycentric[..., 0, :, None]).sum(-2)
    texels = mesh.textures[0].texels.permute(2, 0, 1)[None] / 255
    image = torch.nn.functional.grid_sample(texels, 2 * place - 1, padding_mode="border", align_corners=False)
    return torch.nn.functional.avg_pool2d(image * (found[:, None, ..., 0] >= 0), samples)


def test_views_of_a_batch_do_not_depend_on_each_other():
    renderer = create_renderer(bumpy_ball(20, 20), "pytorch3d")
    away = replace(view_from((0, 0, 1), size=40), translation=torch.tensor([[0.0, 0.0, -3.0]]))
    cameras = [view_from((1, 0, 0), size=40), away, view_from((0, 1, 0.1), size=40)]
    rgba, points = renderer.draw(concatenate(cameras))
    for index, camera in enumerate(cameras):
        alone = renderer.draw(camera)
        assert torch.equal(rgba[index], alone[0][0])
        assert torch.equal(points[index], alone[1][0])
    assert (rgba[1] == 0).all()
    assert (points[1] == 0).all()


@pytest.mark.parametrize("distance", [0.0, 0.2, 0.5])
def test_faces_that_reach_behind_the_camera_agree(distance):
    ground, camera = ground_below_camera(distance)
    ours, theirs = (renderer.draw(camera)[0][:, 3] for renderer in both_renderers(ground))
    assert ours.mean() > 0.3
    assert (ours - theirs).abs().sum() / ours.sum() <= 1e-3  # measured 0; the clipped edge is rounded on its own


def test_of_two_coincident_sheets_both_see_the_one_that_faces_the_camera():
    colors = torch.tensor([[1.0, 0, 0]] * 4 + [[0, 0, 1.0]] * 4)
    mesh = mesh_of(SQUARE + SQUARE, [[0, 1, 2], [0, 2, 3], [6, 5, 4], [7, 6, 4]], vertex_colors=colors)
    for direction in ((0.3, 0.2, 1), (0.3, -0.4, -1), (0, 0, 1)):
        ours, theirs = (renderer.draw(view_from(direction, size=64))[0] for renderer in both_renderers(mesh))
        assert (ours - theirs).abs().max() < 1e-5


def test_pixels_on_the_edge_between_two_faces_are_covered():
    """The diagonal of a square seen head-on runs through the centres of pixels."""
    renderer = create_renderer(mesh_of(SQUARE, QUAD), "pytorch3d")
    mask = renderer.render(view_from((0, 0, 1), size=64)).mask
    interior = -torch.nn.functional.max_pool2d(-mask, 3, 1, 1)
    assert (mask[torch.nn.functional.max_pool2d(interior, 3, 1, 1) > 0] > 0).all()
    assert (interior == 1).sum() > 500
