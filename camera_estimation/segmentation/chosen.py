"""The segmenter of a configuration, loaded once in a process: networks take seconds to load."""

from __future__ import annotations

from functools import lru_cache

from camera_estimation.configuration import Configuration
from camera_estimation.segmentation.segmenter import Segmenter, create_segmenter


def load_segmenter(config: Configuration) -> Segmenter | None:
    """What ``config.segmenter`` names, or None. Raises InputError if it is unknown or cannot be used here."""
    return _loaded(config.segmenter, config.device) if config.segmenter else None


@lru_cache(maxsize=1)
def _loaded(name: str, device: str) -> Segmenter:
    return create_segmenter(name, device)
