"""Whether a configuration can be run on this machine, before any work starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from camera_estimation.batch._memory_need import check_memory
from camera_estimation.configuration import Configuration, merge_settings, resolve_device
from camera_estimation.errors import InputError


@contextmanager
def name_settings_files(files: Sequence[str]) -> Iterator[None]:
    """What is wrong with settings names the files that these are from, beside flags."""
    try:
        yield
    except InputError as error:
        told = " ".join(f"--config {file}" for file in files)
        raise InputError(f"{error} (settings: {told})" if files else str(error)) from error


def check_runnable(config: Configuration) -> None:
    """Check all that a configuration names; the objective and the segmenter are ready for all samples afterwards.

    Raises:
        InputError: A value is out of its range, or the device, renderer, search, objective or segmenter is unknown or
            cannot be used here, or needs more memory than is free.
    """
    from camera_estimation.losses import create_objective
    from camera_estimation.poses.matching import create_matcher
    from camera_estimation.rendering import check_renderer
    from camera_estimation.search import check_search
    from camera_estimation.segmentation import load_segmenter

    merge_settings(config, config.to_dict())
    check_renderer(config.renderer)
    check_search(config.search)
    device = resolve_device(config.device)
    check_memory(config)
    create_objective(config.loss, str(device))
    load_segmenter(config)
    if config.evidence.matches:
        create_matcher(config.evidence.matches)
