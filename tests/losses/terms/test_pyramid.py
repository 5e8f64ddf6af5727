from __future__ import annotations

import torch

from camera_estimation.losses.registry import term_registry
from tests.support.pictures import make_pictures


def term_values(name, rendered, target, **options):
    term = term_registry.get(name)(**options)
    term.setup_models()
    masks = torch.ones(2, 1, 1, *rendered.shape[-2:])
    return term.compute_loss(rendered, target, *masks)


def test_constant_colors_have_no_edges():
    rendered, target, _, _ = make_pictures(1)
    torch.testing.assert_close(
        term_values("gradient", rendered + 0.2, target), term_values("gradient", rendered, target)
    )


def test_census_and_ncc_forgive_light():
    _, target, _, mask = make_pictures(1)
    brighter = 0.5 * target + 0.3 * mask
    darker = mask * (target.clamp(min=0) ** 1.5)
    for lit in (brighter, darker):
        for name in ("census", "ncc"):
            other = term_values(name, target.flip(3), target)
            assert term_values(name, lit, target) < 0.45 * other
        assert term_values("ncc", lit, target) < term_values("ssim", lit, target)


def test_scales_are_as_many_as_the_image_has_room_for():
    rendered, target, _, _ = make_pictures(1, (40, 70))
    two, most = (term_values("gradient", rendered, target, scales=scales) for scales in (2, 9))
    torch.testing.assert_close(two, most)
    assert not torch.equal(two, term_values("gradient", rendered, target, scales=1))
