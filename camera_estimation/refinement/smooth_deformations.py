"""Smooth deformations of a mesh, as those have that are made from one picture.

A Gaussian process over the surface with a squared-exponential covariance, of which the strongest modes are kept (after
Blanz and Vetter, "A morphable model for the synthesis of 3D faces", 1999, with a covariance that knows only smoothness;
Luethi et al., "Gaussian process morphable models", 2018). What the modes share with a similarity transform of the whole
mesh is taken out of them, so that they cannot stand in for the pose.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import DeformationConfig
from camera_estimation.geometry import Camera
from camera_estimation.mesh import Bend, TexturedMesh

SURFACE_SAMPLES = 150  # points that stand for the surface


class SmoothDeformations:
    """Displacements of a mesh's surface: a linear combination of ``count`` fields whose coefficients are, a priori,
    independent and of standard deviation 1: smooth ones, and a scale for each axis, which is what generated meshes most
    commonly have wrong."""

    def __init__(self, mesh: TexturedMesh, config: DeformationConfig) -> None:
        self.vertices = mesh.vertices
        self.length = config.length
        self.samples = surface_samples(mesh, SURFACE_SAMPLES)
        values, vectors = torch.linalg.eigh(self._covariance(self.samples).double())
        strongest = slice(-config.modes, None)
        # The Nystroem extension of the covariance's eigenvectors from the samples to all of space.
        self.extension = (config.deviation * vectors[:, strongest] / values[strongest].sqrt()).float()
        self.basis = _without_similarities(
            self.samples, self.scalar_modes(self.samples), _free_displacements(config).to(self.samples.device)
        )
        self.vertex_modes = self.scalar_modes(self.vertices)

    @property
    def count(self) -> int:
        return self.basis.shape[1]

    def on(self, mesh: TexturedMesh) -> SmoothDeformations:
        """The same fields on another mesh of the same surface, such as a coarse copy."""
        other = copy(self)
        other.vertices = mesh.vertices
        other.vertex_modes = self.scalar_modes(mesh.vertices)
        return other

    def _covariance(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N S"]:
        return torch.exp(-0.5 * (torch.cdist(points, self.samples) / self.length).square())

    def scalar_modes(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N M"]:
        """Of each coordinate's displacement at ``points`` of the mesh's frame: the smooth modes, then x, y and z."""
        return torch.cat([self._covariance(points) @ self.extension, points - self.samples.mean(0)], dim=1)

    def displacement(self, coefficients: Float[Tensor, " K"]) -> Float[Tensor, "M 3"]:
        """By how much each scalar mode displaces each coordinate."""
        return (self.basis @ coefficients).unflatten(0, (-1, 3))

    def displace(self, coefficients: Float[Tensor, " K"]) -> Float[Tensor, "V 3"]:
        """The vertices of the mesh under the deformation of these coefficients."""
        return self.vertices + self.vertex_modes @ self.displacement(coefficients)

    def bend(self, coefficients: Float[Tensor, " K"], mesh: TexturedMesh) -> Bend:
        """The same displacement of the world's space, for files and for points that are of no mesh.

        Args:
            coefficients: Of the deformation.
            mesh: In whose normalized frame these fields are.
        """
        parts = (self.samples, self.extension, self.displacement(coefficients))
        samples, extension, moves = (part.double().cpu().numpy() for part in parts)
        center = mesh.center.cpu().numpy()
        return Bend(
            sources=center + mesh.radius * samples,
            weights=mesh.radius * (extension @ moves[:-3]),
            length=mesh.radius * self.length,
            origin=center + mesh.radius * samples.mean(0),
            stretch=moves[-3:],
            linear=np.eye(3),
            shift=np.zeros(3),
        )

    @cached_property
    def typical_magnitude(self) -> float:
        """``magnitude`` of coefficients as they are expected a priori (the root of the mean square)."""
        fields = torch.einsum("sm,mck->sck", self.scalar_modes(self.samples), self.basis.unflatten(0, (-1, 3)))
        return float(fields.square().sum((1, 2)).mean().sqrt())

    def magnitude(self, coefficients: Float[Tensor, " K"]) -> float:
        """Root-mean-square displacement over the surface, in object radii."""
        moved = self.scalar_modes(self.samples) @ self.displacement(coefficients)
        return float(moved.square().sum(1).mean().sqrt())


def _free_displacements(config: DeformationConfig) -> Float[Tensor, "P N"]:
    """What (mode by mode, three coordinates each) is displaced per standard deviation of what is free to vary: every
    coordinate by the smooth modes, and by itself, which is a scale along its axis."""
    smooth = 3 * config.modes
    free = torch.zeros(smooth + 9, smooth + 3)
    free[:smooth, :smooth] = torch.eye(smooth)
    for axis in range(3):
        free[smooth + 4 * axis, smooth + axis] = config.stretch
    return free


def surface_samples(mesh: TexturedMesh, count: int) -> Float[Tensor, "S 3"]:
    """Points spread over the faces in proportion to their areas, the same ones each time."""
    corners = mesh.vertices[mesh.faces.long()]
    area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=1).double()
    share = area.cumsum(0) / area.sum().clamp(min=1e-12)
    chosen = torch.searchsorted(share, (torch.arange(count, device=share.device) + 0.5) / count)
    return corners[chosen.clamp(max=len(corners) - 1)].mean(1)


def _without_similarities(
    samples: Float[Tensor, "S 3"], modes: Float[Tensor, "S M"], free: Float[Tensor, "P N"]
) -> Float[Tensor, "P K"]:
    """A basis of those ``free`` displacements that, in the mean over the samples, neither shift nor turn nor scale the
    mesh; its coefficients are as independent as those were."""
    axes = torch.eye(3, device=samples.device)
    about_mean = samples - samples.mean(0)
    shifts = [axis.expand_as(samples) for axis in axes]
    turns = [torch.linalg.cross(axis.expand_as(samples), about_mean) for axis in axes]
    similarities = torch.stack([*shifts, *turns, about_mean])
    shared = torch.einsum("qsd,sm->qmd", similarities, modes).flatten(1) @ free
    kept = torch.linalg.qr(shared.double().T, mode="complete").Q[:, len(similarities) :].float()
    return free @ kept


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
        columns.append((modes[:, :, None] * per_unit[:, None]).flatten(1) @ deformations.basis)
    return torch.stack(columns)[None]
