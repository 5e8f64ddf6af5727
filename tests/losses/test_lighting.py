from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses._lighting import fit_light, settle_lighting
from camera_estimation.losses.appearance import compare, straight_color
from camera_estimation.losses.normals import screen_normals, spherical_harmonics
from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, round_ball, smooth_texture, view_from

# Of the constant, x, y, z, xy, yz, zx, x^2 - y^2 and 3 z^2 - 1.
SHADING = torch.tensor([1.0, 0.25, -0.2, 0.1, 0.1, -0.05, 0.08, 0.05, 0.04])
CAMERA = view_from((0.3, 0.5, 1.0), size=64)
PLAIN = Texture(torch.full((1, 1, 3), 128, dtype=torch.uint8))


@pytest.fixture(scope="module")
def ball():
    """Render and surface points of a textured ball."""
    return Renderer(round_ball(80, 80)).draw(CAMERA)


@pytest.fixture(scope="module")
def shading(ball):
    return (SHADING[:, None, None] * spherical_harmonics(screen_normals(ball[1]))[0]).sum(0)


def test_normals_of_a_ball_are_its_radii(ball):
    _, points = ball
    normals = screen_normals(points)
    found = normals.norm(dim=1) > 0
    agreement = (normals * F.normalize(points[:, :3], dim=1)).sum(1)[found]
    assert agreement.min() > 0.998  # 4 degrees
    assert found.sum() > 0.85 * (points[:, 3] > 0).sum()
    assert not (found & (points[:, 3] == 0)).any()


def test_normals_of_a_box_are_its_axes():
    normals = screen_normals(Renderer(box()).draw(view_from((1.0, 0.7, 1.2), size=96))[1])[0].flatten(1).T
    found = normals[normals.norm(dim=1) > 0]
    sides = torch.stack([(found @ axis > 0.999).float().mean() for axis in torch.eye(3)])
    assert sides.min() > 0.1
    assert sides.sum() > 0.85  # the others lie across an edge


def test_gain_and_bias_of_a_channel_are_found(ball):
    rgba, _ = ball
    color = straight_color(rgba)
    scale, offset = torch.tensor([0.6, 1.3, 0.9]), torch.tensor([0.1, -0.05, 0.02])
    gain, bias = fit_light(color, color * scale[:, None, None] + offset[:, None, None], rgba[:, 3:], "gain")
    assert gain.flatten().tolist() == pytest.approx(scale.tolist(), abs=0.05)
    assert bias.flatten().tolist() == pytest.approx(offset.tolist(), abs=0.03)


def test_shading_of_a_ball_is_found(ball, shading):
    rgba, points = ball
    known = screen_normals(points).norm(dim=1, keepdim=True) > 0
    color = straight_color(rgba)
    gain, bias = fit_light(color, color * shading, rgba[:, 3:] * known, "sh", points)
    error = (gain - shading).abs()[known.expand(-1, 3, -1, -1)]
    assert error.mean() < 0.02
    assert error.max() < 0.1  # the prior's share, at the rim
    assert bias.abs().max() < 0.03


def test_only_harmonics_explain_shading(ball, shading):
    rgba, points = ball
    lit = torch.cat([rgba[:, :3] * shading, rgba[:, 3:]], dim=1)
    inside = torch.ones_like(rgba[:, 3:])
    none, gain, harmonics = (
        compare(rgba, lit, inside, AppearanceConfig(lighting=lighting), points).cost.item()
        for lighting in ("none", "gain", "sh")
    )
    assert harmonics < 0.02 * gain < 0.02 * none


def test_no_lighting_changes_nothing(ball):
    rgba, points = ball
    gain, bias = fit_light(rgba[:, :3], 0.5 * rgba[:, :3], rgba[:, 3:], "none", points)
    assert gain.expand_as(rgba[:, :3]).eq(1).all()
    assert bias.eq(0).all()


def test_light_explains_no_texture_away(ball):
    """Harmonics leave most of what a gain leaves of the difference from another texture, and do not paint a plain
    ball."""
    rgba, points = ball
    inside = torch.ones_like(rgba[:, 3:])
    other = Renderer(round_ball(80, 80, smooth_texture(seed=3))).draw(CAMERA)[0]
    plain = torch.cat([rgba[:, 3:].expand(-1, 3, -1, -1) * 0.6, rgba[:, 3:]], dim=1)
    for wrong, share in ((other, 0.8), (plain, 0.6)):
        gain, harmonics = (
            compare(wrong, rgba, inside, AppearanceConfig(lighting=lighting), points).cost.item()
            for lighting in ("gain", "sh")
        )
        assert harmonics > share * gain


def test_prior_keeps_the_light_of_what_is_too_dark_to_tell(ball, shading):
    """What a nearly black render says of the light is little: the factor stays near 1."""
    rgba, points = ball
    black = torch.cat([0.01 * rgba[:, :3], rgba[:, 3:]], dim=1)
    color = straight_color(black)
    gain, _ = fit_light(color, color * shading, rgba[:, 3:], "sh", points)
    assert (gain - 1).abs().max() < 0.1


def test_shading_of_a_body_of_one_color_is_found(shading):
    """Whatever its color is: one function of the normal for all channels."""
    rgba, points = Renderer(round_ball(80, 80, PLAIN)).draw(CAMERA)
    color = torch.tensor([0.9, 0.6, 0.3])[:, None, None]
    seen = color * straight_color(rgba) * shading
    known = (screen_normals(points).norm(dim=1, keepdim=True) > 0).float()
    gain, bias = fit_light(straight_color(rgba), seen, rgba[:, 3:] * known, "shading", points)
    error = (gain * straight_color(rgba) - seen).abs()[known.expand(-1, 3, -1, -1) > 0]
    assert error.mean() < 0.02
    assert bias.eq(0).all()


def test_shading_does_not_explain_paint():
    """Of a ball with an upper half in another color harmonics of each channel explain a part, one shading does not."""
    rgba, points = Renderer(round_ball(80, 80, PLAIN)).draw(CAMERA)
    above = (points[:, 1:2] > 0).float()
    paint = (
        above * torch.tensor([0.7, 0.3, 0.2])[:, None, None]
        + (1 - above) * torch.tensor([0.2, 0.3, 0.7])[:, None, None]
    )
    painted = torch.cat([paint * rgba[:, 3:], rgba[:, 3:]], dim=1)
    inside = torch.ones_like(rgba[:, 3:])
    gain, shading, harmonics = (
        compare(rgba, painted, inside, AppearanceConfig(lighting=lighting), points).cost.item()
        for lighting in ("gain", "shading", "sh")
    )
    assert harmonics < 0.7 * gain
    assert shading > 0.9 * gain


def test_the_mesh_settles_what_is_compared():
    auto = AppearanceConfig(lighting="auto")
    assert settle_lighting(auto, Renderer(round_ball(20, 20))).lighting == "gain"
    assert settle_lighting(auto, Renderer(round_ball(20, 20, PLAIN))).lighting == "shading"
    asked = AppearanceConfig(lighting="none")
    assert settle_lighting(asked, Renderer(round_ball(20, 20, PLAIN))) is asked


@pytest.mark.parametrize("lighting", ["gain", "sh", "shading"])
def test_batch_and_single_agree(ball, lighting):
    rgba, points = ball
    others = torch.cat([rgba, rgba.roll(5, dims=3)])
    weight = torch.cat([rgba[:, 3:], rgba[:, 3:].roll(5, dims=3)])
    args = straight_color(others), straight_color(rgba).expand(2, -1, -1, -1), weight
    both = fit_light(*args, lighting, points.expand(2, -1, -1, -1))
    for index in range(2):
        alone = fit_light(*(arg[index : index + 1] for arg in args), lighting, points)
        assert all(torch.allclose(b[index], a[0], atol=1e-4) for b, a in zip(both, alone, strict=True))
