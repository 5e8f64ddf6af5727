"""Directions in which light is looked for at a place, and how much of it reaches the places of a frame.

Each pixel of a frame looks in its own share of the directions, and blocks of pixels look in all of them (interleaved
sampling: Keller and Heidrich, 2001): soft shadows without noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.lighting.light import LUMINANCE, Light
from camera_estimation.lighting.lit_surface import SurfacePlaces
from camera_estimation.lighting.sphere import disc_directions
from camera_estimation.rendering import LightOccluder

BLOCK = 4  # pixels a side of a block that looks in all directions
CHUNK = 20000  # places at once, which bounds the memory

# Gives the share of each ray's light that reaches a place, from points [N 3] and unit vectors [N K 3].
Fade = Callable[[Float[np.ndarray, "N 3"], Float[np.ndarray, "N K 3"]], Float[np.ndarray, "N K"]]


@dataclass(frozen=True, eq=False)
class LightSamples:
    """Directions with the strength that they stand for, in groups that are alike.

    Attributes:
        directions: Unit vectors towards the light, in world axes.
        strength: RGB, as in ``Light``.
    """

    directions: Float[np.ndarray, "G K 3"]
    strength: Float[np.ndarray, "G K 3"]


def sample_light(light: Light, count: int) -> LightSamples:
    """Directions of a light, more where it is stronger, always the same.

    Args:
        light: That is known.
        count: How many at least.
    """
    groups = BLOCK * BLOCK
    each = -(-count // groups)
    total = groups * each
    power = light.strength @ LUMINANCE
    edges = np.cumsum(power) / power.sum() * total
    chosen = np.searchsorted(edges, np.arange(total) + 0.5).clip(max=len(power) - 1)
    counts = np.bincount(chosen, minlength=len(power))
    first = np.cumsum(counts) - counts
    place = (np.arange(total) - first[chosen] + 0.5) / counts[chosen]
    directions = disc_directions(light.directions[chosen], light.spread[chosen], place)
    strength = light.strength[chosen] / counts[chosen, None]
    return LightSamples(*(values.reshape(each, groups, 3).swapaxes(0, 1) for values in (directions, strength)))


@dataclass(frozen=True, eq=False)
class Reach:
    """Light that reaches the places of a frame, as a shading.

    Attributes:
        lit: With what is in the way.
        open: With nothing, or with what was there before, in the way.
    """

    lit: Float[np.ndarray, "h w 3"]
    open: Float[np.ndarray, "h w 3"]

    @property
    def ratio(self) -> Float[np.ndarray, "h w 3"]:
        """The share of light that is left, from 0 to 1; 1 where there was none before."""
        lit, before = (cv2.boxFilter(values, -1, (BLOCK, BLOCK), normalize=False) for values in (self.lit, self.open))
        return np.where(before > 1e-9, np.clip(lit / np.maximum(before, 1e-9), 0, 1), 1.0)


def gather_on_object(
    places: SurfacePlaces, samples: LightSamples, occluders: list[LightOccluder], fade: Fade | None = None
) -> Reach:
    """Light that reaches an object, of that which would without anything in the way.

    Args:
        places: Of the object.
        samples: Of the light.
        occluders: What is in the way, the object itself too.
        fade: What else there is.
    """
    lit, before = (np.zeros((*places.seen.shape, 3)) for _ in range(2))
    for row, column, group in _split_places(places.seen):
        points, facets, gained, rays = _rays(places, samples, row, column, group)
        unlit = None
        for occluder in occluders:
            unlit = occluder.find_unlit(points, facets, torch.from_numpy(samples.directions), group, unlit)
        share = (~unlit.numpy()).astype(np.float64) if unlit is not None else np.ones(gained.shape[:2])
        if fade is not None:
            share *= fade(points.numpy(), rays)
        lit[row, column] = (gained * share[..., None]).sum(1)
        before[row, column] = gained.sum(1)
    return Reach(lit, before)


def gather_on_receiver(
    places: SurfacePlaces, samples: LightSamples, inserted: LightOccluder, known: LightOccluder | None
) -> Reach:
    """Light that reaches what is in a photograph, with an object put in and without.

    Args:
        places: Of the photograph's surfaces.
        samples: Of the light.
        inserted: The object.
        known: What kept light off before; None: nothing.
    """
    lit, before = (np.zeros((*places.seen.shape, 3)) for _ in range(2))
    shaded = np.zeros(places.seen.shape, dtype=bool)
    blocked = []
    for row, column, group in _split_places(places.seen):
        points, facets, gained, rays = _rays(places, samples, row, column, group)
        unlit = inserted.find_unlit(points, facets, torch.from_numpy(samples.directions), group)
        behind = torch.from_numpy((rays * facets.numpy()[:, None]).sum(-1) <= 0)
        shaded[row, column] = (unlit & ~behind).any(1).numpy()
        blocked.append((row, column, group, unlit))
        lit[row, column] = before[row, column] = gained.sum(1)
    near = cv2.dilate(shaded.astype(np.uint8), np.ones((2 * BLOCK - 1,) * 2, np.uint8)) > 0
    for row, column, group, unlit in blocked:
        kept = near[row, column]
        if not kept.any():
            continue
        row, column = row[kept], column[kept]
        group, unlit = (values[torch.from_numpy(kept)] for values in (group, unlit))
        points, facets, gained, _ = _rays(places, samples, row, column, group)
        was_unlit = torch.zeros_like(unlit)
        if known is not None:
            was_unlit = known.find_unlit(points, facets, torch.from_numpy(samples.directions), group)
        before[row, column] = (gained * ~was_unlit.numpy()[..., None]).sum(1)
        lit[row, column] = (gained * ~(was_unlit | unlit).numpy()[..., None]).sum(1)
    return Reach(lit, before)


def _split_places(
    seen: Bool[np.ndarray, "h w"],
) -> Iterator[tuple[Int[np.ndarray, " N"], Int[np.ndarray, " N"], Int[Tensor, " N"]]]:
    """Rows and columns of the places, and the groups that they look in."""
    rows, columns = np.nonzero(seen)
    groups = (rows % BLOCK) * BLOCK + columns % BLOCK
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        yield rows[part], columns[part], torch.from_numpy(groups[part].astype(np.int32))


def _rays(
    places: SurfacePlaces,
    samples: LightSamples,
    row: Int[np.ndarray, " N"],
    column: Int[np.ndarray, " N"],
    group: Int[Tensor, " N"],
) -> tuple[Float[Tensor, "N 3"], Float[Tensor, "N 3"], Float[np.ndarray, "N K 3"], Float[np.ndarray, "N K 3"]]:
    """Points, triangles' normals, the shading that each ray's light gives where it arrives, and the rays."""
    rays = samples.directions[group.numpy()]
    cosine = np.maximum((rays * places.normals[row, column][:, None]).sum(-1), 0)
    gained = samples.strength[group.numpy()] * cosine[..., None]
    points, facets = (torch.from_numpy(values[row, column]) for values in (places.points, places.facets))
    return points, facets, gained, rays
