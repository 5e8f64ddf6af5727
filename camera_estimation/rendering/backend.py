"""What draws for ``Renderer``: visibility and shading, without gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh


@dataclass(frozen=True)
class ShadedPixels:
    """Premultiplied RGB with coverage, and of each pixel's nearest sample the surface point: x, y, z in the mesh frame,
    depth (0 where nothing is seen), and facing, the cosine between normal and line of sight. ``samples`` holds the
    colour and coverage of every sample where each was shaded on its own."""

    rgba: Float[Tensor, "B 4 H W"]
    points: Float[Tensor, "B 5 H W"]
    samples: Float[Tensor, "B 4 Hs Ws"] | None


class Backend(Protocol):
    """Draws one mesh, both sides of every face; cameras are in the mesh's normalised frame."""

    def shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        """Draw with ``samples`` x ``samples`` samples a pixel.

        Without ``every_sample`` a backend may shade each face once a pixel, with its texture averaged over the pixel.
        """
        ...

    def reshape(self, mesh: TexturedMesh) -> Backend:
        """For a mesh that differs from this one's only in its vertices."""
        ...
