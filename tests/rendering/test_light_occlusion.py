from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.rendering.light_occlusion import LightOccluder
from tests.rendering.test_cutouts import lattice
from tests.support.cuda_geometry import launch_as_on_cuda
from tests.support.shapes import box, bumpy_ball, mesh_of

UP = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)


def spread(count: int, seed: int = 0) -> torch.Tensor:
    directions = torch.randn(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(directions, dim=1)


def surface_points(mesh, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    corners = (mesh.center + mesh.radius * mesh.vertices.double())[mesh.faces[:: len(mesh.faces) // count].long()]
    normals = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return corners.mean(1), torch.nn.functional.normalize(normals, dim=1)


def test_a_plate_shades_what_is_below_it_and_nothing_else():
    plate = mesh_of([[-1, 2, -1], [1, 2, -1], [1, 2, 1], [-1, 2, 1]], [[0, 1, 2], [0, 2, 3]])
    points = torch.tensor([[0.0, 0, 0], [0.9, 0, 0], [1.1, 0, 0], [0, 3, 0]], dtype=torch.float64)
    normals = UP.expand(4, 3)
    slanted = torch.nn.functional.normalize(torch.tensor([[1.0, 1.0, 0.0]], dtype=torch.float64), dim=1)
    unlit = LightOccluder(plate).find_unlit(points, normals, torch.stack([UP[0], slanted[0], -UP[0]])[None])
    assert unlit[:, 0].tolist() == [True, True, False, False]
    assert unlit[:, 1].tolist() == [False, False, False, False]  # two to the side where it reaches the plate's height
    assert unlit[:, 2].all()  # from behind the surface


def rays_hit(corners: np.ndarray, origins: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Whether rays meet any triangle, by the algorithm of Moeller and Trumbore."""
    hit = np.zeros(len(origins), dtype=bool)
    for first, second, third in corners:
        edge, other = second - first, third - first
        across = np.cross(rays, other)
        volume = across @ edge
        with np.errstate(divide="ignore", invalid="ignore"):
            way = origins - first
            u = (way * across).sum(1) / volume
            turned = np.cross(way, edge)
            v, length = (rays * turned).sum(1) / volume, turned @ other / volume
        hit |= (u >= 0) & (v >= 0) & (u + v <= 1) & (length > 0)
    return hit


def test_agrees_with_a_look_at_every_triangle():
    mesh = bumpy_ball(16, 16)
    points, normals = surface_points(mesh, 40)
    directions = spread(30)
    unlit = LightOccluder(mesh).find_unlit(points, normals, directions[None])
    world = (mesh.center + mesh.radius * mesh.vertices.double()).numpy()
    starts = (points + 2e-3 * mesh.radius * normals).numpy()
    origins, rays = np.repeat(starts, 30, axis=0), np.tile(directions.numpy(), (len(points), 1))
    hit = rays_hit(world[mesh.faces.numpy()], origins, rays).reshape(len(points), 30)
    behind = (normals @ directions.T <= 0).numpy()
    assert (unlit.numpy() == (hit | behind)).mean() > 0.99
    assert (unlit.numpy() & ~behind).any()


def test_groups_have_directions_of_their_own_and_what_is_known_stays():
    mesh = box()
    points, normals = surface_points(mesh, 30)
    directions = spread(24).reshape(3, 8, 3)
    group = torch.arange(len(points), dtype=torch.int32) % 3
    occluder = LightOccluder(mesh)
    unlit = occluder.find_unlit(points, normals, directions, group)
    for number in range(3):
        alone = occluder.find_unlit(points[group == number], normals[group == number], directions[number][None])
        assert torch.equal(unlit[group == number], alone)
    known = torch.rand(unlit.shape, generator=torch.Generator().manual_seed(1)) < 0.3
    assert torch.equal(occluder.find_unlit(points, normals, directions, group, known), unlit | known)
    assert occluder.find_unlit(points[:0], normals[:0], directions).shape == (0, 8)


def test_light_goes_through_what_is_cut_out():
    mesh = lattice()
    behind = mesh.center - mesh.radius * torch.tensor([0.0, 0.0, 2.0], dtype=torch.float64)
    points = behind + mesh.radius * torch.rand(400, 3, dtype=torch.float64) * torch.tensor([0.8, 0.8, 0.0])
    ahead = torch.tensor([[[0.0, 0.0, 1.0]]], dtype=torch.float64)
    unlit = LightOccluder(mesh).find_unlit(points, ahead[0].expand(400, 3), ahead)
    assert 0.1 < unlit.double().mean() < 0.9


def test_launches_of_cuda_give_the_same(monkeypatch):
    mesh = bumpy_ball(20, 20)
    points, normals = surface_points(mesh, 100)
    occluder, directions = LightOccluder(mesh), spread(40)[None]
    own = occluder.find_unlit(points, normals, directions)
    launch_as_on_cuda(monkeypatch)
    assert torch.equal(own, occluder.find_unlit(points, normals, directions))
    assert own.any()
    assert not own.all()


@pytest.mark.cuda
def test_cuda_agrees():
    mesh = bumpy_ball(20, 20)
    points, normals = surface_points(mesh, 100)
    directions = spread(40)[None]
    own = LightOccluder(mesh).find_unlit(points, normals, directions)
    other = LightOccluder(mesh.to("cuda")).find_unlit(points, normals, directions)
    assert (own == other).double().mean() > 0.999
