"""An object put into a photograph: differential rendering (Debevec, "Rendering synthetic objects into real scenes",
1998) with a shadow that is a ratio of light, multiplied into what the photograph shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.configuration import LightConfig
from camera_estimation.images import distort_picture
from camera_estimation.lighting.insertion._layers import InsertedScene, ObjectLayer, draw_object, draw_shadow
from camera_estimation.lighting.insertion.placement import Placement, axes_of
from camera_estimation.lighting.light import Light
from camera_estimation.lighting.photograph import Photograph, decode_srgb, encode_srgb
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import LightOccluder, Renderer

SHOULDER = 0.8  # linear light above which brighter light makes less and less difference, as in a camera
MOST_GRAIN = 10.0  # levels of 255: a photograph of more noise has texture there
# The flattest quarter of a photograph shows its noise; that quantile of the normal distribution's absolute values.
FLAT_SHARE, FLAT_QUANTILE = 0.25, 0.3186


@dataclass(frozen=True, eq=False)
class Insertion:
    """A photograph with an object in it.

    Attributes:
        picture: sRGB, of the photograph's size; it is unchanged where neither the object nor its shadow is.
        coverage: Of pixels by the object, from 0 to 1.
        shadow: The share of the light that the object leaves to each pixel of the photograph, from 0 to 1.
    """

    picture: UInt8[np.ndarray, "H W 3"]
    coverage: Float[np.ndarray, "H W"]
    shadow: Float[np.ndarray, "H W 3"]


def insert_object(
    photograph: Photograph,
    known: Renderer,
    inserted: TexturedMesh,
    placement: Placement,
    light: Light,
    config: LightConfig,
    object_up: Float[np.ndarray, "3"] | None = None,
    occluder: LightOccluder | None = None,
) -> Insertion:
    """An object put into a photograph of a mesh of known pose.

    Args:
        photograph: With its camera.
        known: Renderer of the mesh in it.
        inserted: The object as its file has it.
        placement: Where it stands.
        light: In the known mesh's world axes; an unknown one casts no shadows.
        config: Whether there are shadows, and in how many directions light is looked for.
        object_up: The up axis of the object's file; +Y by default.
        occluder: Of the known mesh, where it is at hand.
    """
    up = np.array([0.0, 1.0, 0.0]) if object_up is None else object_up
    placed = placement.place(inserted, axes_of(up))
    scene = InsertedScene(
        known, occluder or LightOccluder(known.mesh), Renderer(placed), placement, light, config.shadow_samples
    )
    layer, pixels = draw_object(scene, photograph.camera), photograph.pixels
    shadow = draw_shadow(scene, photograph.camera) if config.shadows else np.ones(pixels.shape, dtype=np.float32)
    if photograph.window is not None and photograph.original is not None:
        color, coverage = (distort_picture(values, photograph.window) for values in (layer.color, layer.coverage))
        layer = ObjectLayer(np.maximum(color, 0), np.clip(coverage, 0, 1))
        shadow = 1 - np.clip(distort_picture(1 - shadow.astype(np.float32), photograph.window), 0, 1)
        pixels = photograph.original
    return Insertion(compose(pixels, layer, shadow), layer.coverage, shadow)


def compose(
    pixels: UInt8[np.ndarray, "H W 3"], layer: ObjectLayer, shadow: Float[np.ndarray, "H W 3"]
) -> UInt8[np.ndarray, "H W 3"]:
    """A photograph in the shadow of an object, and the object over it with the photograph's own grain.

    Args:
        pixels: sRGB.
        layer: The object.
        shadow: The share of the light that is left to the photograph.
    """
    coverage = layer.coverage[..., None]
    color = bend_highlights(layer.color / np.maximum(coverage, 1e-6)) * coverage
    linear = (1 - coverage) * shadow * decode_srgb(pixels) + color
    picture = encode_srgb(linear).astype(np.float32)
    picture += coverage * _grain_like(pixels)
    changed = (coverage > 0) | (shadow < 1)
    return np.where(changed, np.clip(np.round(picture), 0, 255), pixels).astype(np.uint8)


def bend_highlights(linear: Float[np.ndarray, "*N"]) -> Float[np.ndarray, "*N"]:
    """Light as a camera keeps it: up to ``SHOULDER`` as it is, beyond it with less and less contrast, up to 1."""
    room = 1 - SHOULDER
    return np.where(linear > SHOULDER, 1 - room * np.exp(-np.maximum(linear - SHOULDER, 0) / room), linear)


def _grain_like(pixels: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W 1"]:
    """Noise, the same in all channels and always the same, as strong as that of a photograph where it is flat."""
    gray = pixels.astype(np.float32).mean(-1)
    # What is left of two second differences across each other, of noise alone (Immerkaer, 1996).
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32) / 6
    left = np.abs(cv2.filter2D(gray, -1, kernel))
    deviation = min(float(np.quantile(left, FLAT_SHARE)) / FLAT_QUANTILE, MOST_GRAIN)
    return deviation * np.random.default_rng(0).standard_normal((*gray.shape, 1)).astype(np.float32)
