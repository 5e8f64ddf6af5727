"""Settings that come over the network: they may choose, but neither run code nor read files of this machine."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError


def check_foreign_settings(config: Configuration, source: str) -> None:
    """What only a command line may name is named by nobody else.

    Args:
        config: All settings, with those of a request.
        source: What messages call them.

    Raises:
        InputError: They name a file of objectives, or a folder as the segmenter's model.
    """
    if config.loss.file:
        raise InputError(f"{source}: a file of objectives is Python that would be run: give it to camera-estimate")
    model = config.segmenter.partition(":")[2]
    if model and Path(model).exists():
        raise InputError(f"{source}: the segmenter's model is a folder of this machine; give it to camera-estimate")
