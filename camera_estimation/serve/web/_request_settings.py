"""The settings that a request asks for, put over those that the server was started with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from camera_estimation.configuration import Configuration, choose_objective, merge_settings
from camera_estimation.errors import InputError
from camera_estimation.web import check_foreign_settings, overlay_packaged

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
    tree = _parse_settings(text)
    config = choose_objective(overlay_packaged(base, model, presets), _objective_of(tree))
    config = merge_settings(config, tree, SETTINGS)
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


def _objective_of(tree: dict[str, Any]) -> str | None:
    """The name that settings have; None for none, or what is none."""
    loss = tree.get("loss")
    name = loss.get("name") if isinstance(loss, dict) else None
    return name if isinstance(name, str) else None


def _refuse_infinity(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
