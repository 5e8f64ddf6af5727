"""What draws for ``Renderer``: visibility and shading, without gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.plugins import Registry

if TYPE_CHECKING:  # the names of renderers are told without loading torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.geometry import Camera
    from camera_estimation.mesh import TexturedMesh


@dataclass(frozen=True)
class ShadedPixels:
    """What a backend has drawn.

    Attributes:
        rgba: Premultiplied RGB with coverage.
        points: Of each pixel's nearest sample the surface point: x, y, z in the mesh frame, depth (0 where nothing is
            seen), and facing, the cosine between normal and line of sight.
        sides: Where every sample was shaded on its own, the sums of RGB and coverage (last axis) over those of each
            pixel's first and last column and first and last row of samples. Undefined where nothing is seen.
    """

    rgba: Float[Tensor, "B 4 H W"]
    points: Float[Tensor, "B 5 H W"]
    sides: Float[Tensor, "B H W 4 4"] | None


class Backend(ABC):
    """Draws one mesh, both sides of every face; cameras are in the mesh's normalised frame.

    To add one, derive a class in a file of ``rendering/backends`` (or in a package of your own) and register it::

        @renderer_registry.register("mine")
        class MyBackend(Backend): ...
    """

    name: ClassVar[str]
    # Its row in tables: one short phrase each.
    description: ClassVar[str] = ""
    requirements: ClassVar[str] = "nothing"

    @abstractmethod
    def __init__(self, mesh: TexturedMesh) -> None:
        """Prepares the mesh, on the device that it lives on."""

    @abstractmethod
    def shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        """Draws all cameras of a batch, without gradients.

        Args:
            camera: Of the mesh's normalised frame.
            samples: A side of a pixel: it averages ``samples`` x ``samples`` of them.
            every_sample: Shade each on its own; else a backend may shade each face once a pixel, with its texture
                averaged over the pixel.
        """

    @abstractmethod
    def reshape(self, mesh: TexturedMesh) -> Backend:
        """For a mesh that differs from this one's only in its vertices."""

    def replace_mesh(self, mesh: TexturedMesh) -> Backend:
        """For another mesh with the same textures, which a backend may share."""
        return type(self)(mesh)

    @staticmethod
    def missing() -> str | None:
        """One line that says what is not installed that it needs, and the remedy; None where it can be used."""
        return None


renderer_registry: Registry[type[Backend]] = Registry(
    "renderer",
    group="camera_estimation.renderers",
    home="camera_estimation.rendering.backends",
    order=("warp", "pytorch3d"),
    base=Backend,
)
