"""The settings that a request asks for, put over those that the server was started with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from camera_estimation.configuration import (
    DEFAULT_LOSS,
    Configuration,
    load_preset,
    merge_settings,
    preset_names,
)
from camera_estimation.errors import InputError
from camera_estimation.web import check_foreign_settings

SETTINGS = "settings"  # where messages say that a value is from
# What is the server's to say: a request chooses neither where it is computed, nor what is kept on disk, nor what may be
# read.
OWN_SETTINGS = ("device", "batch", "limits", "pictures")


def request_configuration(base: Configuration, model: str, presets: Sequence[str], text: str) -> Configuration:
    """All settings of a request.

    Args:
        base: Those of the server.
        model: Generator of the mesh, a name of the presets ``models``; "": none.
        presets: Names of packaged presets, later ones overlay earlier ones.
        text: A JSON object of settings, nested as in TOML; "": none.

    Raises:
        InputError: A name or a value is not one that is taken.
    """
    config = base
    if model:
        _check_packaged(model, preset_names("models"), "model")
        config = load_preset(f"models/{model}", config)
    for preset in presets:
        _check_packaged(preset, preset_names(), "preset")
        config = load_preset(preset, _with_objective(config, load_preset(preset).loss.name))
    tree = _parse_settings(text)
    named = tree.get("loss", {}).get("name") if isinstance(tree.get("loss"), dict) else None
    config = merge_settings(_with_objective(config, named), tree, SETTINGS)
    if config.loss.file != base.loss.file or config.segmenter != base.segmenter:
        check_foreign_settings(config, SETTINGS)
    return config


def _parse_settings(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text or "{}", parse_constant=_refuse_infinity)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{SETTINGS}: is not JSON ({error}); send an object of settings, nested as in TOML") from error
    if not isinstance(tree, dict):
        raise InputError(f"{SETTINGS}: is no object; send settings by their names, nested as in TOML")
    for name in OWN_SETTINGS:
        if name in tree:
            raise InputError(f"{SETTINGS}: '{name}' is the server's to choose; leave it out")
    return tree


def _with_objective(config: Configuration, name: Any) -> Configuration:
    """Terms and options that were set for an objective are not for another one."""
    loss = config.loss
    if name in (None, loss.name, DEFAULT_LOSS) or loss.name == DEFAULT_LOSS or not isinstance(name, str):
        return config
    return replace(config, loss=replace(loss, name=name, terms=(), options={}))


def _check_packaged(name: str, known: list[str], what: str) -> None:
    """Raises InputError for another name, which could be the path of a file."""
    if name not in known:
        raise InputError(f"{what} '{name[:40]}' is not known; choose one of {', '.join(known)}")


def _refuse_infinity(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
