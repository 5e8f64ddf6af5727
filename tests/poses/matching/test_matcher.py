from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.poses.matching._alike import ALIKE
from camera_estimation.poses.matching.matcher import LEAST_SCORE, Matcher, create_matcher
from camera_estimation.weights.files import weight_files


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """A network of the smallest form with random weights, all of whose pixels may be interest points."""
    torch.manual_seed(0)
    network = ALIKE((8, 16, 32, 64), 64).eval().requires_grad_(False)
    network.convhead2.weight.data[-1].abs_()
    return Matcher(network)


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    coarse = torch.rand(1, 3, 24, 20, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.interpolate(coarse, (96, 80), mode="bicubic").clamp(0, 1)


def test_descriptors_and_scores_are_of_every_pixel(matcher):
    descriptors, score = matcher.network(torch.rand(2, 3, 50, 70))
    assert descriptors.shape == (2, 64, 50, 70)
    assert score.shape == (2, 1, 50, 70)
    torch.testing.assert_close(descriptors.norm(dim=1), torch.ones(2, 50, 70))
    assert ((score >= 0) & (score <= 1)).all()


def test_a_picture_matches_itself_where_it_is(matcher, picture):
    inside = torch.ones_like(picture[:, :1])
    first, second, similarity = matcher.match(picture, picture.clone(), inside, inside)
    assert len(first) > 20
    assert torch.equal(first, second)
    torch.testing.assert_close(similarity, torch.ones_like(similarity))


def test_a_shifted_picture_matches_at_the_shift(matcher, picture):
    """By the network's stride, as its poolings see other pixels together otherwise."""
    inside = torch.ones_like(picture[:, :1])
    inside[..., :32, :], inside[..., -16:, :] = 0, 0
    shifted = torch.roll(picture, -32, dims=2)
    first, second, _ = matcher.match(picture, shifted, inside, torch.roll(inside, -32, dims=2))
    shift = (second - first).float()
    right = (shift - torch.tensor([0.0, -32.0])).norm(dim=1) < 1.5
    assert right.float().mean() > 0.5


def test_only_points_inside_count(matcher, picture):
    inside = torch.zeros_like(picture[:, :1])
    inside[..., 10:50, 10:50] = 1
    first, _, _ = matcher.match(picture, picture, inside, inside)
    assert len(first)
    assert ((first >= 10) & (first < 50)).all()
    nothing = torch.zeros_like(inside)
    first, second, similarity = matcher.match(picture, picture, inside, nothing)
    assert len(first) == len(second) == len(similarity) == 0


def test_points_below_the_least_score_do_not_count(matcher, picture):
    quiet = ALIKE((8, 16, 32, 64), 64).eval()
    quiet.load_state_dict(matcher.network.state_dict())
    quiet.convhead2.weight.data[-1] *= -100  # scores of features, which are not negative, fall towards 0
    inside = torch.ones_like(picture[:, :1])
    assert quiet(picture)[1].max() < LEAST_SCORE
    assert len(Matcher(quiet).match(picture, picture, inside, inside)[0]) == 0


def test_weights_decide_how_large_the_network_is(no_weights, matcher):
    (file,) = weight_files("alike")
    with pytest.raises(
        MissingWeightsError, match=r"ALIKE-T are missing \(alike-t.pth, 0.4 MB\).*--fetch_weights alike"
    ):
        create_matcher("alike")
    file.path.parent.mkdir(parents=True)
    torch.save(ALIKE((4, 8, 8, 16), 32).state_dict(), file.path)
    assert create_matcher("alike").network(torch.rand(1, 3, 32, 32))[0].shape == (1, 32, 32, 32)


def test_unknown_matchers_and_variants_are_told():
    with pytest.raises(InputError, match="matches by 'roma' are unknown; choose alike"):
        create_matcher("roma")
    with pytest.raises(InputError, match="alike: unknown variant 'xl'; known: t, n"):
        create_matcher("alike:xl")
