"""Settings that come over the network: they may choose, but neither run code nor read files of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.configuration import Configuration, load_preset, overlay_preset, preset_names
from camera_estimation.errors import InputError

LONGEST_SHOWN = 40  # characters of a name in messages


def overlay_packaged(config: Configuration, model: str, presets: Sequence[str]) -> Configuration:
    """The configuration with presets put in, of which others than the packaged ones could be files of this machine.

    Args:
        config: What they are put into.
        model: Generator of the mesh, a name of the presets ``models``; "": none.
        presets: Names; later ones overlay earlier ones.

    Raises:
        InputError: A name is none of theirs; one line.
    """
    if model:
        _check_packaged(model, preset_names("models"), "model")
        config = load_preset(f"models/{model}", config)
    for preset in presets:
        _check_packaged(preset, preset_names(), "preset")
        config = overlay_preset(preset, config)
    return config


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


def _check_packaged(name: str, known: list[str], what: str) -> None:
    if name not in known:
        raise InputError(f"{what} '{name[:LONGEST_SHOWN]}' is not known; choose one of {', '.join(known)}")
