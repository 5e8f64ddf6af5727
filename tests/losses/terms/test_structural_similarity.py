from __future__ import annotations

import warnings

import pytest
import torch
from pytorch_msssim import ms_ssim as library_ms_ssim, ssim as library_ssim

from camera_estimation.losses.terms._structural_similarity import StructuralSimilarity
from tests.support.pictures import make_pictures


@pytest.mark.parametrize("size", [(64, 48), (11, 30)])
def test_ssim_is_the_librarys_for_values_up_to_one(size):
    rendered, target, _, _ = make_pictures(2, size)
    expected = library_ssim(rendered, target.expand_as(rendered), data_range=1.0, size_average=False)
    torch.testing.assert_close(StructuralSimilarity(1)(rendered, target), expected)


@pytest.mark.parametrize("size", [(161, 170), (256, 200)])
def test_ms_ssim_is_the_librarys_where_that_takes_the_size(size):
    rendered, target, _, _ = make_pictures(2, size)
    rendered = 0.7 * rendered + 0.3 * target
    expected = library_ms_ssim(rendered, target.expand_as(rendered), data_range=1.0, size_average=False)
    torch.testing.assert_close(StructuralSimilarity(5)(rendered, target), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("scales", [1, 5])
@pytest.mark.parametrize("size", [(10, 64), (8, 8), (64, 64)])
def test_small_images(scales, size):
    rendered, target, _, _ = make_pictures(2, size)
    similarity = StructuralSimilarity(scales)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert similarity(rendered, rendered).tolist() == pytest.approx([1, 1])
        assert (similarity(rendered, target) < 1).all()


def test_gradients_are_finite_where_structures_oppose_each_other():
    rendered, _, _, _ = make_pictures(1, (200, 200))
    opposed = (1 - rendered).requires_grad_()
    StructuralSimilarity(5)(opposed, rendered).sum().backward()
    assert opposed.grad.isfinite().all()
