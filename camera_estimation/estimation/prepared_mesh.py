"""A mesh with all that is made of it once, for all of its images."""

from __future__ import annotations

from copy import copy

import torch

from camera_estimation.configuration import Configuration, DeformationConfig, resolve_device
from camera_estimation.geometry import Camera, axis_vector
from camera_estimation.mesh import TexturedMesh
from camera_estimation.refinement import SmoothDeformations, keep_upright
from camera_estimation.rendering import create_renderer, shared_property
from camera_estimation.search import simplify


class PreparedMesh:
    """Renderers of a mesh and of its coarse copy, its deformations, and which way is up.

    Attributes:
        mesh: On the device of the estimate.
        renderer: Draws the mesh.
        coarse_renderer: Draws the copy that is searched on; the same where the mesh is coarse itself.
        up: The direction (mesh frame) that stays vertical in images; None where cameras may roll.
    """

    def __init__(self, mesh: TexturedMesh, config: Configuration) -> None:
        self.device = resolve_device(config.device)
        self.mesh = mesh.to(self.device)
        self.renderer = create_renderer(self.mesh, config.renderer)
        coarse = simplify(self.mesh, config.search.faces)
        self.coarse_renderer = self.renderer if coarse is self.mesh else self.renderer.with_mesh(coarse)
        self.up = axis_vector(config.model.up_axis, self.device) if config.camera.roll == "upright" else None
        self._deformation = config.deformation

    def with_deformations(self, config: DeformationConfig) -> PreparedMesh:
        """The same with other deformations: all else that is prepared is shared."""
        other = copy(self)
        for prepared in ("deformations", "coarse_deformations"):
            other.__dict__.pop(prepared, None)
        other._deformation = config
        return other

    @shared_property
    def deformations(self) -> SmoothDeformations:
        """Of the mesh; prepared when they are first needed."""
        return SmoothDeformations(self.mesh, self._deformation)

    @shared_property
    def coarse_deformations(self) -> SmoothDeformations:
        """The same of the coarse copy."""
        return self.deformations.on(self.coarse_renderer.mesh)

    def constrain(self, camera: Camera) -> Camera:
        """The cameras as they are, or kept upright where that is asked for."""
        return keep_upright(camera, self.up)

    def normalize(self, world: Camera) -> Camera:
        """World cameras as cameras of the normalized mesh, on its device."""
        return self.mesh.to_normalized(world.to(dtype=torch.float64)).to(self.device, torch.float32)
