"""Smooth deformations of a mesh, as those have that are made from one picture.

A Gaussian process over the surface with a squared-exponential covariance, of which the strongest modes are kept (after
Blanz and Vetter, "A morphable model for the synthesis of 3D faces", 1999, with a covariance that knows only smoothness;
Luethi et al., "Gaussian process morphable models", 2018). What the modes share with a similarity transform of the whole
mesh is taken out of them, so that they cannot stand in for the pose.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import DeformationConfig
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

SURFACE_SAMPLES = 300  # points that stand for the surface


class SmoothDeformations:
    """Displacements of a mesh's surface: a linear combination of ``count`` fields whose coefficients are, a priori,
    independent and of standard deviation 1."""

    def __init__(self, mesh: TexturedMesh, config: DeformationConfig) -> None:
        self.vertices = mesh.vertices
        self.length = config.length
        self.samples = surface_samples(mesh, SURFACE_SAMPLES)
        values, vectors = torch.linalg.eigh(self._covariance(self.samples).double())
        strongest = slice(-config.modes, None)
        # The Nystroem extension of the covariance's eigenvectors from the samples to all of space.
        self.extension = (config.deviation * vectors[:, strongest] / values[strongest].sqrt()).float()
        self.without_similarity = _orthogonal_to_similarities(self.samples, self.scalar_modes(self.samples))
        self.vertex_modes = self.scalar_modes(self.vertices)

    @property
    def count(self) -> int:
        return self.without_similarity.shape[1]

    def _covariance(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N S"]:
        return torch.exp(-0.5 * (torch.cdist(points, self.samples) / self.length).square())

    def scalar_modes(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N M"]:
        """The modes of each coordinate's displacement at ``points`` of the mesh's frame."""
        return self._covariance(points) @ self.extension

    def displace(self, coefficients: Float[Tensor, " K"]) -> Float[Tensor, "V 3"]:
        """The vertices of the mesh under the deformation of these coefficients."""
        return self.vertices + self.vertex_modes @ (self.without_similarity @ coefficients).unflatten(0, (-1, 3))

    def magnitude(self, coefficients: Float[Tensor, " K"]) -> float:
        """Root-mean-square displacement over the surface, in object radii."""
        modes = self.scalar_modes(self.samples)
        displacement = modes @ (self.without_similarity @ coefficients).unflatten(0, (-1, 3))
        return float(displacement.square().sum(1).mean().sqrt())


def surface_samples(mesh: TexturedMesh, count: int) -> Float[Tensor, "S 3"]:
    """Points spread over the faces in proportion to their areas, the same ones each time."""
    corners = mesh.vertices[mesh.faces.long()]
    area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=1).double()
    share = area.cumsum(0) / area.sum().clamp(min=1e-12)
    chosen = torch.searchsorted(share, (torch.arange(count, device=share.device) + 0.5) / count)
    return corners[chosen.clamp(max=len(corners) - 1)].mean(1)


def _orthogonal_to_similarities(samples: Float[Tensor, "S 3"], modes: Float[Tensor, "S M"]) -> Float[Tensor, "3*M K"]:
    """An orthonormal basis of the coefficients (mode by mode, three coordinates each) of the deformations that, in the
    mean over the samples, neither shift nor turn nor scale the mesh."""
    axes = torch.eye(3, device=samples.device)
    about_mean = samples - samples.mean(0)
    shifts = [axis.expand_as(samples) for axis in axes]
    turns = [torch.linalg.cross(axis.expand_as(samples), about_mean) for axis in axes]
    similarities = torch.stack([*shifts, *turns, about_mean])
    shared = torch.einsum("qsd,sm->qmd", similarities, modes).flatten(1).double()
    return torch.linalg.qr(shared.T, mode="complete").Q[:, len(similarities) :].float()


def deformation_motion(
    points: Float[Tensor, "P 3"], camera: Camera, deformations: SmoothDeformations
) -> Float[Tensor, "1 2 P K"]:
    """Motion (pixels) of ``points`` in the image per unit of every coefficient."""
    in_camera = points @ camera.rotation[0].T + camera.translation[0]
    inverse = 1 / in_camera[:, 2:].clamp(min=1e-6)
    slope = in_camera[:, :2] * inverse
    modes = deformations.scalar_modes(points)
    columns = []
    for axis in range(2):  # the motion along u, and along v, per unit of displacement along x, y, z of the mesh's frame
        per_unit = (
            camera.focal[0, axis]
            * inverse
            * (camera.rotation[0, axis] - slope[:, axis : axis + 1] * camera.rotation[0, 2])
        )
        columns.append((modes[:, :, None] * per_unit[:, None]).flatten(1) @ deformations.without_similarity)
    return torch.stack(columns)[None]
