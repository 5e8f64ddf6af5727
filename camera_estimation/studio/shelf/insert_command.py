"""The ``camera-insert`` that gives the same picture as the page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from camera_estimation.configuration import Configuration, LightConfig
from camera_estimation.io import write_text
from camera_estimation.studio.settings import settings_toml
from camera_estimation.studio.shelf.placement_wish import PlacementWish
from camera_estimation.studio.shelf.subject import Subject

LIGHT_NAME = "light.toml"
OUTPUT = "camera_insertions"


def insertion_command(subjects: Sequence[Subject], object_path: Path, wish: PlacementWish, light: LightConfig) -> str:
    """The command, whose files are written.

    Args:
        subjects: Samples with results of one run.
        object_path: The mesh that is put in.
        wish: Where it stands in the first of them.
        light: The settings of the light.

    Raises:
        InputError: A file cannot be written.
    """
    first = subjects[0]
    assert first.run is not None
    words = ["camera-insert", str(first.run.resolve()), "--object", str(object_path.resolve())]
    for subject in subjects:
        words += ["--samples", subject.run_name]
    words += [*wish.flags(), "--light", light.method]
    if not light.shadows:
        words.append("--no_shadows")
    config = _light_file(first.folder / LIGHT_NAME, light)
    if config is not None:
        words += ["--config", str(config.resolve())]
    return shlex.join([*words, "--output_dir", OUTPUT])


def _light_file(path: Path, light: LightConfig) -> Path | None:
    """What flags do not say; None where that is as by default."""
    default = Configuration()
    own = replace(light, method=default.light.method, shadows=default.light.shadows)
    toml = settings_toml(replace(default, light=own), default)
    if not toml:
        path.unlink(missing_ok=True)
        return None
    write_text(path, toml)
    return path
