"""Points spread over a mesh's surface."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import surface_colors

# The plane's sequence of lowest discrepancy: powers of the plastic number's inverse (Roberts, 2018).
STEPS = (0.7548776662466927, 0.5698402909980532)


@dataclass(frozen=True)
class SurfacePoints:
    """Points of one mesh, in its normalised frame.

    Attributes:
        places: Where they are.
        normals: Of their triangles, unit vectors.
        colors: Of the texture there, sRGB.
    """

    places: Float[Tensor, "N 3"]
    normals: Float[Tensor, "N 3"]
    colors: UInt8[Tensor, "N 3"]


def spread_points(mesh: TexturedMesh, count: int) -> SurfacePoints:
    """Points that each stand for the same area; the same ones in every run, for nothing is drawn by lot.

    Args:
        mesh: On the CPU.
        count: How many.
    """
    corners = mesh.vertices[mesh.faces.long()].double()
    across = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    reached = across.norm(dim=1).cumsum(0)
    shares = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    face = torch.searchsorted(reached, shares * reached[-1], right=True).clamp(max=len(reached) - 1)
    weights = _spread_weights(count)
    color = surface_colors(mesh, face, weights.float())
    return SurfacePoints(
        places=(corners[face] * weights[..., None]).sum(1),
        normals=torch.nn.functional.normalize(across[face], dim=1),
        colors=(255 * color).round().byte(),
    )


def _spread_weights(count: int) -> Float[Tensor, "N 3"]:
    """Barycentric coordinates: consecutive ones, which a large triangle gets, cover it evenly."""
    number = torch.arange(1, count + 1, dtype=torch.float64)
    square = torch.stack([(0.5 + step * number) % 1 for step in STEPS], dim=1)
    folded = torch.where(square.sum(1, keepdim=True) > 1, 1 - square, square)
    return torch.cat([1 - folded.sum(1, keepdim=True), folded], dim=1)
