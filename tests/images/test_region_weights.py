from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.images.region_weights import load_region_weights, pixel_weights

LEFT = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
MIDDLE = torch.tensor([[0.0, 1.0, 1.0, 0.0]])


def test_weights_of_regions_and_of_the_rest():
    weights = pixel_weights({"a": LEFT}, {"a": 0.5, "rest": 0.25})
    assert torch.allclose(weights, torch.tensor([[1.0, 1.0, 0.5, 0.5]]))


def test_weight_zero_excludes_whatever_else_covers():
    weights = pixel_weights({"a": LEFT, "b": MIDDLE}, {"a": 1.0, "b": 0.0})
    assert weights.tolist() == [[1.0, 0.0, 0.0, 1.0]]


def test_where_regions_overlap_their_mean_counts():
    weights = pixel_weights({"a": LEFT, "b": MIDDLE}, {"a": 1.0, "b": 0.5, "rest": 0.5})
    assert torch.allclose(weights, torch.tensor([[1.0, 0.75, 0.5, 0.5]]))


def test_absent_categories_are_passed_over():
    assert torch.equal(pixel_weights({"a": LEFT}, {"hat": 0.0, "a": 1.0}), torch.ones(1, 4))


def test_nothing_left_is_told():
    with pytest.raises(InputError, match="no pixel of the image counts"):
        pixel_weights({"a": LEFT}, {"a": 0.0, "rest": 0.0})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("face = -1", "'face' is a weight"),
        ("face = true", "'face' is a weight"),
        ('face = "much"', "'face' is a weight"),
        ("face =", "not a valid TOML file"),
        ("face = 1", "gives no region another weight than 1"),
    ],
)
def test_faults_of_the_file_are_told_in_one_line(tmp_path, text, told):
    path = tmp_path / "weights.toml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        load_region_weights(path)
    assert str(raised.value).startswith(str(path))
    assert told in str(raised.value)
