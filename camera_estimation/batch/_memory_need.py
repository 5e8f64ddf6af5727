"""Whether settings fit into the memory that is free: each may be within its bounds, and their product beyond it."""

from __future__ import annotations

from camera_estimation.batch.device_memory import free_bytes, image_bytes
from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.errors import InputError
from camera_estimation.io import free_memory

BYTES_PER_POSE = 200  # that the search compares, a view at a roll: measured on the CPU with two million
# Counted from tensors: of a view's canonical picture, in half precision and as it is compared, and while it is drawn.
BYTES_PER_VIEW, BYTES_PER_VIEW_PIXEL = 30_000, 60
VIEWS_AT_ONCE = 64  # that are drawn
GIGA = 10**9
SMALLEST = 1  # pixel of an image and faces of a mesh, which are not known yet: they come on top


def check_memory(config: Configuration) -> None:
    """Raises InputError where an estimate needs more memory than is free on its device; the line names the settings."""
    needs = _needs(config)
    settings, needed = max(needs.items(), key=lambda item: item[1])
    free = free_bytes(resolve_device(config.device))
    free = free_memory() if free is None else free
    if needed > free:
        raise InputError(
            f"{settings} need about {needed / GIGA:.1f} GB of memory, and {free / GIGA:.1f} GB are free: "
            "make one of them smaller"
        )


def _needs(config: Configuration) -> dict[str, int]:
    """Bytes at the peaks of an estimate, by the settings that make them."""
    search = config.search
    views = (
        f"search.viewpoints = {search.viewpoints}, search.rolls = {search.rolls} and search.resolution = "
        f"{search.resolution}"
    )
    drawn = min(search.viewpoints, VIEWS_AT_ONCE) * search.resolution**2 * BYTES_PER_VIEW_PIXEL
    compared = search.viewpoints * (BYTES_PER_VIEW + search.rolls * BYTES_PER_POSE)
    largest = max([level.resolution for level in config.refinement.levels] + [config.loss.resolution])
    refined = f"search.candidates = {search.candidates} refined at up to {largest} pixels ([refinement], [loss])"
    return {views: drawn + compared, refined: image_bytes(config, SMALLEST, (SMALLEST, SMALLEST))}
