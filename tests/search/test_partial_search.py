from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from camera_estimation.configuration import SearchConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search._partial_search import (
    LARGEST_OFFSET,
    OFFSET_STEP,
    SIZES,
    frame_hypotheses,
    hypothetical_frames,
    overlap_descriptors,
    overlap_scores,
)
from camera_estimation.search.canonical import silhouette_frame
from camera_estimation.search.viewpoint_search import PARTIAL_CANDIDATES, ViewpointSearch
from tests.support.shapes import box, bumpy_ball, smooth_texture, target_view, view_from

SMALL = SearchConfig(viewpoints=400, rolls=24)


@pytest.fixture(scope="module")
def search():
    return ViewpointSearch(Renderer(box(texture=smooth_texture())), SMALL)


def rolled_view(seed: int):
    """A camera at a random direction and a roll."""
    direction = torch.randn(3, generator=torch.Generator().manual_seed(seed)).tolist()
    return retract(view_from(direction, size=96), torch.tensor([[0, 0, 0.7 * seed, 0, 0, 0]]))


def right_quarter(renderer, camera):
    """The pixels (rows, columns) that hold the rightmost quarter of what ``camera`` sees."""
    columns = target_view(renderer, camera).rgba[0, 3].sum(0)
    first = int((columns.cumsum(0) / columns.sum() < 0.74).sum())
    return slice(0, 96), slice(first, 96)


def best_errors(found, camera) -> torch.Tensor:
    return torch.rad2deg(
        rotmat_geodesic_distance(found.camera.rotation, camera.rotation.expand_as(found.camera.rotation))
    )


def pictures(count: int, seed: int = 0) -> torch.Tensor:
    """Premultiplied discs of different places with different patterns."""
    generator = torch.Generator().manual_seed(seed)
    color = torch.nn.functional.interpolate(
        torch.rand(count, 3, 6, 6, generator=generator), (32, 32), mode="bicubic", align_corners=True
    ).clamp(0, 1)
    center = 16 + 5 * (torch.rand(count, 2, 1, 1, generator=generator) - 0.5)
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    mask = ((x - center[:, 0]) ** 2 + (y - center[:, 1]) ** 2 < 100).float()[:, None]
    return torch.cat([color * mask, mask], dim=1)


def test_same_image_scores_best():
    views = overlap_descriptors(pictures(12), 16)
    scores = overlap_scores(views, views)
    assert scores.argmax(0).tolist() == list(range(12))
    assert scores.argmax(1).tolist() == list(range(12))
    assert scores.max() <= 1.4 + 1e-3  # full overlap and, with its weight, full correlation


def test_same_image_scores_best_with_a_part_hidden_and_in_other_light():
    whole = pictures(12)
    cut = whole.clone()
    cut[..., 18:] = 0
    cut[:, :3] *= 0.6
    scores = overlap_scores(overlap_descriptors(whole, 16), overlap_descriptors(cut, 16))
    assert scores.argmax(0).tolist() == list(range(12))


def test_what_the_target_hides_costs_less_than_what_the_view_lacks():
    whole = pictures(1)
    cut = whole.clone()
    cut[..., 16:] = 0
    small_target = overlap_scores(overlap_descriptors(whole, 16), overlap_descriptors(cut, 16))
    small_view = overlap_scores(overlap_descriptors(cut, 16), overlap_descriptors(whole, 16))
    assert small_target > small_view + 0.1


def test_empty_images_give_finite_scores():
    views = overlap_descriptors(torch.cat([pictures(2), torch.zeros(1, 4, 32, 32)]), 16)
    assert overlap_scores(views, views).isfinite().all()


def test_hypotheses_hold_the_seen_part_itself():
    hypotheses = frame_hypotheses(torch.device("cpu"))
    assert any(torch.allclose(each, torch.tensor([0.0, 0.0, 1.0]), atol=1e-6) for each in hypotheses)
    assert hypotheses[:, :2].norm(dim=1).max() < LARGEST_OFFSET + 1e-5
    aim, size = torch.eye(3)[None], torch.tensor([0.2])
    aims, sizes = hypothetical_frames(aim, size)
    assert len(aims) == len(sizes) == len(hypotheses)
    # Each new axis is where its offset says on the image plane of the seen part.
    axes = aims[:, 2] / aims[:, 2, 2:]
    assert torch.allclose(axes[:, :2], hypotheses[:, :2] * size, atol=1e-5)
    assert torch.allclose(sizes, hypotheses[:, 2] * size)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", ["box", "ball"])
def test_true_frame_is_near_a_hypothesis(search, shape, seed):
    """Within a cell of the grid of centres, and as near in size."""
    renderer = search.renderer if shape == "box" else Renderer(bumpy_ball(30, 30))
    camera = rolled_view(seed)
    true_aim, true_size = silhouette_frame(target_view(renderer, camera).rgba[:, 3:], camera)
    cut = target_view(renderer, camera, right_quarter(renderer, camera))
    aim, size = silhouette_frame(cut.rgba[:, 3:], camera)
    aims, sizes = hypothetical_frames(aim, size)
    axis = aim[0] @ true_aim[0, 2]
    aside = (aims @ true_aim[0, 2])[:, :2] / size
    assert (axis[:2] / axis[2]).norm() > 0.1 * size.item()  # the cut has moved the centre
    near = aside.norm(dim=1) <= OFFSET_STEP / 2**0.5 + 0.02
    steps = max(after / before for before, after in pairwise(SIZES)) ** 0.5
    assert near.any()
    assert ((sizes[near] / true_size).log().abs() <= torch.tensor(steps).log() + 0.02).any()


def test_view_with_a_hidden_quarter_is_among_the_first_candidates(search):
    """Of four views the ordinary search has none within 12 degrees among its first four candidates."""
    ordinary, partial = [], []
    for seed in (0, 1, 2, 4):
        camera = rolled_view(seed)
        target = target_view(search.renderer, camera, right_quarter(search.renderer, camera))
        for errors, whether in ((ordinary, False), (partial, True)):
            errors.append(best_errors(search(target.rgba, camera, whether), camera)[:4].min().item())
    assert sum(error < 12 for error in ordinary) <= 1
    assert sum(error < 12 for error in partial) >= 4


def test_view_of_which_nothing_is_hidden_is_found_too(search):
    camera = rolled_view(1)
    found = search(target_view(search.renderer, camera).rgba, camera, True)
    assert best_errors(found, camera)[:3].min() < 12
    assert len(found.camera) <= PARTIAL_CANDIDATES * SMALL.candidates
    assert (found.score[:-1] >= found.score[1:]).all()
