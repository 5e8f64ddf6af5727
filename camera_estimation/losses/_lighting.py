"""Light that the photograph has and the texture does not: fitted in closed form, under a prior that keeps it modest."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses.normals import screen_normals, spherical_harmonics
from camera_estimation.rendering import Renderer, is_of_one_color

# Priors of what exposure, light and a washed-out texture do to each channel (standard deviations), and the share of the
# object's pixels that the prior is worth.
GAIN_DEVIATION = 0.5
BIAS_DEVIATION = 0.2
SHADING_DEVIATION = 0.3  # of each coefficient beyond the constant one
PRIOR_SHARE = 0.02
COLOR_NOISE = 0.1
GAIN_RANGE = (0.2, 3.0)
CHANNELS = 3
LEAST_WEIGHT = 1e-6  # of all pixels together, that a prior is a share of
# What the priors of gain and bias add to sums over the pixels, beside the pixels' weight.
GAIN_PRIOR = PRIOR_SHARE * COLOR_NOISE**2 / GAIN_DEVIATION**2
BIAS_PRIOR = PRIOR_SHARE * COLOR_NOISE**2 / BIAS_DEVIATION**2


def settle_lighting(appearance: AppearanceConfig, renderer: Renderer) -> AppearanceConfig:
    """The same with "auto" settled for the renderer's mesh: one of a single color has nothing but its shading."""
    if appearance.lighting != "auto":
        return appearance
    return replace(appearance, lighting="shading" if is_of_one_color(renderer) else "gain")


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
    "shading" is the same for a body of one color under white light: one function of the normal for all channels, each
    with a factor and none with a bias. What is painted on the object has colors, and is not mistaken for its shape.
    "auto" is for ``settle_lighting`` to decide by the mesh; images alone are compared by "gain".
    Weighted least squares with a prior at no change, so that nothing explains a difference away for free.
    """
    if lighting == "none":
        return torch.ones_like(render[:, :, :1, :1]), torch.zeros_like(render[:, :, :1, :1])
    if lighting in ("sh", "shading"):
        assert points is not None
        harmonics = spherical_harmonics(screen_normals(points))
        fit = _fit_shading if lighting == "sh" else _fit_white_shading
        return fit(render, target, weight, harmonics)
    return fit_gain(render, target, weight)


def fit_gain(
    render: Float[Tensor, "B 3 H W"], target: Float[Tensor, "#B 3 H W"], weight: Float[Tensor, "#B 1 H W"]
) -> tuple[Float[Tensor, "B 3 1 1"], Float[Tensor, "B 3 1 1"]]:
    total = weight.sum((2, 3), keepdim=True)
    gain_prior, bias_prior = (prior * total.clamp(min=LEAST_WEIGHT) for prior in (GAIN_PRIOR, BIAS_PRIOR))
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
    strength = PRIOR_SHARE * weight.sum(2)[..., None].clamp(min=LEAST_WEIGHT) * COLOR_NOISE**2
    deviation = torch.full_like(right[:1, :1], SHADING_DEVIATION)
    deviation[..., 0], deviation[..., -1] = GAIN_DEVIATION, BIAS_DEVIATION
    prior = strength / deviation.square()
    right[..., :1] += prior[..., :1]
    # There is a solution, by the prior: CUDA need not be waited for to know.
    solution = torch.linalg.solve_ex((normal + torch.diag_embed(prior)).double(), right.double())[0].to(render)
    shading = (solution[..., :9] @ flat).unflatten(2, render.shape[2:])
    return shading.clamp(*GAIN_RANGE), solution[..., 9, None, None]


def _fit_white_shading(
    render: Float[Tensor, "B 3 H W"],
    target: Float[Tensor, "#B 3 H W"],
    weight: Float[Tensor, "#B 1 H W"],
    harmonics: Float[Tensor, "B 9 H W"],
) -> tuple[Float[Tensor, "B 3 H W"], Float[Tensor, "B 3 1 1"]]:
    """The factor of each channel by the constant harmonic alone, then what the others add, common to all channels."""
    weight, basis = weight.flatten(2), harmonics[:, 1:].flatten(2)
    strength = PRIOR_SHARE * weight.sum(2, keepdim=True).clamp(min=LEAST_WEIGHT) * COLOR_NOISE**2
    flat, seen = render.flatten(2), target.flatten(2)
    prior = strength / GAIN_DEVIATION**2
    square = (weight * flat * flat).sum(2, keepdim=True) + prior
    gain = ((weight * flat * seen).sum(2, keepdim=True) + prior) / square
    lit = gain * flat
    weighted = basis * (weight * lit * lit).sum(1, keepdim=True)
    right = basis @ (weight * lit * (seen - lit)).sum(1)[..., None]
    prior = torch.diag_embed((CHANNELS * strength / SHADING_DEVIATION**2).expand(-1, -1, basis.shape[1])[:, 0])
    normal = weighted @ basis.transpose(1, 2) + prior
    solution = torch.linalg.solve_ex(normal.double(), right.double())[0].to(render)
    shading = 1 + (solution.transpose(1, 2) @ basis)
    gain = (gain * shading.clamp(*GAIN_RANGE)).unflatten(2, render.shape[2:])
    return gain, torch.zeros_like(gain[:, :, :1, :1])
