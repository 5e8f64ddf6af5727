"""One light for the frames of a sequence: light of each frame alone would flicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.configuration import LightConfig
from camera_estimation.lighting.estimation import LightEstimate, estimate_common_light
from camera_estimation.lighting.light import Light
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.rendering import LightOccluder, Renderer

FRAMES = 8  # that tell the light, spread over the sequence
OBJECT, CAMERA = "object", "camera"


@dataclass(frozen=True)
class SequenceLight:
    """The light of a sequence.

    Attributes:
        estimate: In the axes that it is fixed to.
        fixed_to: "object": the light goes with the mesh, which stands still while the camera moves; "camera": it goes
            with the camera, before which the mesh is turned.
    """

    estimate: LightEstimate
    fixed_to: str

    def at(self, photograph: Photograph) -> Light:
        """The light in the mesh's world axes, of a frame."""
        return self.estimate.light if self.fixed_to == OBJECT else self.estimate.light.turn(camera_axes(photograph))


def choose_frames_evenly(count: int) -> list[int]:
    """Places of the frames that tell the light of a sequence of so many."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, FRAMES))})


def estimate_sequence_light(
    photographs: Sequence[Photograph],
    renderers: Sequence[Renderer],
    config: LightConfig,
    occluders: Sequence[LightOccluder],
) -> SequenceLight:
    """The light that explains frames best: one that goes with the mesh, or one that goes with the camera.

    Args:
        photographs: Of frames, with their cameras.
        renderers: Of the mesh of each.
        config: The method, and its terms.
        occluders: Of the mesh of each.

    Raises:
        InputError: As ``estimate_light``.
    """
    still = estimate_common_light(photographs, renderers, config, occluders)
    turned = estimate_common_light(
        photographs, renderers, config, occluders, [camera_axes(photograph) for photograph in photographs]
    )
    if turned.residual < still.residual:
        return SequenceLight(turned, CAMERA)
    return SequenceLight(still, OBJECT)


def camera_axes(photograph: Photograph) -> Float[np.ndarray, "3 3"]:
    """From the camera's axes to the mesh's world axes."""
    return photograph.camera.rotation[0].numpy().T
