"""Light that the photograph has and the texture does not: fitted in closed form, under a prior that keeps it modest."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

# Priors of what exposure, light and a washed-out texture do to each channel (standard deviations), and the share of the
# object's pixels that the prior is worth.
GAIN_DEVIATION = 0.5
BIAS_DEVIATION = 0.2
SHADING_DEVIATION = 0.3  # of each coefficient beyond the constant one
PRIOR_SHARE = 0.02
COLOR_NOISE = 0.1
GAIN_RANGE = (0.2, 3.0)


def fit_light(
    render: Float[Tensor, "B 3 H W"],
    target: Float[Tensor, "#B 3 H W"],
    weight: Float[Tensor, "#B 1 H W"],
    lighting: str,
    points: Float[Tensor, "B 5 H W"] | None = None,
) -> tuple[Float[Tensor, "B 3 #H #W"], Float[Tensor, "B 3 1 1"]]:
    """Factor and bias that bring the render's colours nearest to the target's where ``weight`` is.

    ``lighting`` is "none" (1 and 0), "gain" (one factor a channel), or "sh": a factor that depends on the normal of the
    surface at ``points`` as spherical harmonics of second order do, which hold all that a convex matt body reflects of
    distant light (Ramamoorthi and Hanrahan, "An efficient representation for irradiance environment maps", 2001).
    Weighted least squares with a prior at no change, so that nothing explains a difference away for free.
    """
    if lighting == "none":
        return torch.ones_like(render[:, :, :1, :1]), torch.zeros_like(render[:, :, :1, :1])
    if lighting == "sh":
        assert points is not None
        harmonics = spherical_harmonics(screen_normals(points))
        return _fit_shading(render, target, weight, harmonics)
    return _fit_gain(render, target, weight)


def _fit_gain(
    render: Float[Tensor, "B 3 H W"], target: Float[Tensor, "#B 3 H W"], weight: Float[Tensor, "#B 1 H W"]
) -> tuple[Float[Tensor, "B 3 1 1"], Float[Tensor, "B 3 1 1"]]:
    total = weight.sum((2, 3), keepdim=True)
    strength = PRIOR_SHARE * total.clamp(min=1e-6) * COLOR_NOISE**2
    gain_prior, bias_prior = strength / GAIN_DEVIATION**2, strength / BIAS_DEVIATION**2
    sum_r = (weight * render).sum((2, 3), keepdim=True)
    sum_t = (weight * target).sum((2, 3), keepdim=True)
    sum_rr = (weight * render * render).sum((2, 3), keepdim=True) + gain_prior
    sum_rt = (weight * render * target).sum((2, 3), keepdim=True) + gain_prior
    total = total + bias_prior
    gain = (total * sum_rt - sum_r * sum_t) / (total * sum_rr - sum_r * sum_r).clamp(min=1e-12)
    gain = gain.clamp(*GAIN_RANGE)
    return gain, (sum_t - gain * sum_r) / total


def _fit_shading(
    render: Float[Tensor, "B 3 H W"],
    target: Float[Tensor, "#B 3 H W"],
    weight: Float[Tensor, "#B 1 H W"],
    harmonics: Float[Tensor, "B 9 H W"],
) -> tuple[Float[Tensor, "B 3 H W"], Float[Tensor, "B 3 1 1"]]:
    flat = harmonics.flatten(2)
    weight = weight.flatten(2)
    basis = torch.cat(
        [render.flatten(2)[:, :, None] * flat[:, None], torch.ones_like(render.flatten(2))[:, :, None]], 2
    )
    weighted = basis * weight[:, None]
    normal = weighted @ basis.transpose(2, 3)
    right = (weighted @ target.flatten(2)[..., None])[..., 0]
    strength = PRIOR_SHARE * weight.sum(2)[..., None].clamp(min=1e-6) * COLOR_NOISE**2
    deviation = torch.full_like(right[:1, :1], SHADING_DEVIATION)
    deviation[..., 0], deviation[..., -1] = GAIN_DEVIATION, BIAS_DEVIATION
    prior = strength / deviation.square()
    right[..., :1] += prior[..., :1]
    solution = torch.linalg.solve((normal + torch.diag_embed(prior)).double(), right.double()).to(render)
    shading = (solution[..., :9] @ flat).unflatten(2, render.shape[2:])
    return shading.clamp(*GAIN_RANGE), solution[..., 9, None, None]


def screen_normals(points: Float[Tensor, "B 5 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Normals, in the mesh's frame, of the surface through the ``points`` of neighbouring pixels; zero beside it."""
    seen = (points[:, 3:4] > 0).to(points)
    position = F.pad(points[:, :3], (1, 1, 1, 1), mode="replicate")
    across = position[:, :, 1:-1, 2:] - position[:, :, 1:-1, :-2]
    down = position[:, :, 2:, 1:-1] - position[:, :, :-2, 1:-1]
    whole = -F.max_pool2d(-F.pad(seen, (1, 1, 1, 1)), 3, stride=1)
    return F.normalize(torch.linalg.cross(down, across, dim=1), dim=1) * whole


def spherical_harmonics(normal: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 9 H W"]:
    """Real spherical harmonics to second order, without their constant factors; where there is no normal only the
    constant one."""
    x, y, z = normal.unbind(1)
    known = x * x + y * y + z * z
    second = [x * y, y * z, z * x, x * x - y * y, 3 * z * z - known]
    return torch.stack([torch.ones_like(x), x, y, z, *second], dim=1)
