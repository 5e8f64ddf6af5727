"""Segmenters by name, ready to use, and their weights."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.segmentation.names import SegmenterName, segmenter_name
from camera_estimation.segmentation.segmenter import Segmenter, segmenter_registry

BEST_FIRST = ("sam2", "rembg")


def create_segmenter(text: str, device: str = "auto") -> Segmenter:
    """The segmenter ``NAME`` or ``NAME:MODEL``, loaded.

    Args:
        text: As ``--segmenter`` takes it, "rembg:u2net".
        device: "auto", "cpu", "cuda" or "cuda:N", for those that run in PyTorch.

    Raises:
        InputError: It is unknown, or libraries are missing; says what to do about it.
        MissingWeightsError: Its weights are not on this machine; names the command that fetches them.
    """
    name = segmenter_name(text)
    segmenter_registry.check_runnable(name.segmenter)
    return segmenter_registry.get(name.segmenter)(name.model, device)


def load_segmenter(config: Configuration) -> Segmenter | None:
    """What ``config.segmenter`` names, or None; loaded once in a process, for networks take seconds to load.

    Raises:
        InputError: It is unknown or cannot be used here.
    """
    return _segmenter_on(config.segmenter, config.device) if config.segmenter else None


@lru_cache(maxsize=1)
def find_segmenter(device: str) -> Segmenter | None:
    """The best of those that look for the main object by a network, are installed and have their weights here."""
    for name in BEST_FIRST:
        try:
            return create_segmenter(name, device)
        except InputError:
            continue
    return None


@lru_cache(maxsize=1)
def _segmenter_on(text: str, device: str) -> Segmenter:
    return create_segmenter(text, device)


def fetch_segmenter_weights(name: SegmenterName) -> Path | None:
    """Where its weights are, downloaded if they are not here; None if it has none.

    Raises:
        InputError: Libraries are missing, or the download fails.
    """
    segmenter_registry.check_runnable(name.segmenter)
    return segmenter_registry.get(name.segmenter).fetch(name.model)
