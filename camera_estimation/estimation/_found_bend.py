"""The bent meshes that poses were found with, as they lie before the cameras that the answer has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import Camera
from camera_estimation.mesh import Bend


def bends_of(hypotheses: PoseHypotheses, mesh: PreparedMesh) -> Sequence[Bend | None]:
    """Of each pose the deformation that it was found with; None: the mesh as it is.

    The mesh as it is was moved to where it fits best after that. The bent one is placed so that the camera of the
    answer sees what the pose saw that was found with it, its middle as far away as that of the mesh as it is.
    """
    found, cameras = hypotheses.deformed, hypotheses.camera
    if found is None:
        return [None] * len(hypotheses)
    view = hypotheses.observation.target.view(max(found.camera.width, found.camera.height))
    seen = view.full_camera(found.camera, cameras.width, cameras.height)
    bends = []
    for index in range(len(hypotheses)):
        linear, shift = _place_before(seen[index], cameras[index])
        bend = mesh.deformations.bend(found.coefficients[index], mesh.mesh)
        center = mesh.mesh.center.cpu().numpy()
        shift = center + mesh.mesh.radius * shift - linear @ center
        bends.append(replace(bend, linear=linear, shift=shift))
    return bends


def _place_before(seen: Camera, camera: Camera) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """What takes points (normalized frame) to where ``camera`` sees them as ``seen`` saw them, as far away."""
    seen, camera = seen.to("cpu", torch.float64), camera.to("cpu", torch.float64)
    zoom = torch.cat([seen.focal[0] / camera.focal[0], seen.focal.new_ones(1)])
    scale: Float[Tensor, "3 1"] = (zoom * camera.translation[0, 2] / seen.translation[0, 2])[:, None]
    back = camera.rotation[0].T
    linear = back @ (scale * seen.rotation[0])
    shift = back @ (scale[:, 0] * seen.translation[0] - camera.translation[0])
    return linear.numpy(), shift.numpy()
