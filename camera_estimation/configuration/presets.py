"""Presets: TOML files with settings, packaged or of the user's own."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.configuration.schema import DEFAULT_LOSS, Configuration
from camera_estimation.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_BYTES = 10_000_000  # of a file of settings
PRESET_FOLDER = Path(__file__).parents[1] / "configs"


def preset_names(folder: str = "") -> list[str]:
    """Names of the packaged presets, ``semantic/person`` among them, or of those in a subfolder such as ``models``."""
    names = sorted(path.stem for path in (PRESET_FOLDER / folder).glob("*.toml"))
    return names if folder else [*names, *(f"semantic/{name}" for name in preset_names("semantic"))]


def load_preset(name_or_path: str | Path, config: Configuration | None = None) -> Configuration:
    """A configuration with a TOML file put in.

    Args:
        name_or_path: Of the file, or the name of a packaged preset (``fast``, ``models/TRELLIS``).
        config: What the file is put into; the defaults where it is left out.

    Raises:
        InputError: There is no such preset, or the file is not valid.
    """
    path = Path(name_or_path)
    if not path.is_file():
        packaged = PRESET_FOLDER / f"{name_or_path}.toml"
        if not packaged.is_file():
            known = ", ".join(preset_names())
            raise InputError(f"{name_or_path}: no such file, and no packaged preset of that name; packaged: {known}")
        path = packaged
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: is no file of settings, with more than {MOST_BYTES} bytes; check the path")
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not a valid TOML file: {error}") from error
    _find_loss_file(tree, path.parent)
    _move_semantic_table(tree, path)
    return merge_settings(config or Configuration(), tree, source=str(path))


def overlay_preset(name_or_path: str | Path, config: Configuration) -> Configuration:
    """As ``load_preset``; terms and options that ``config`` has for another objective than the file's are dropped."""
    overlaid = load_preset(name_or_path, config)
    if overlaid.loss.name == config.loss.name:
        return overlaid
    return load_preset(name_or_path, choose_objective(config, overlaid.loss.name))


def choose_objective(config: Configuration, name: str | None) -> Configuration:
    """The configuration for an objective: terms and options that were set for one that is named are for no other.

    Args:
        config: All settings.
        name: Of the objective; None: it stays.
    """
    loss = config.loss
    if name is None or name == loss.name:
        return config
    if loss.name == DEFAULT_LOSS:  # which nobody need have named
        return replace(config, loss=replace(loss, name=name))
    return replace(config, loss=replace(loss, name=name, terms=(), options={}))


def _move_semantic_table(tree: dict[str, Any], path: Path) -> None:
    """The table [semantic_cosine] is one of the objective's."""
    if "semantic_cosine" not in tree:
        return
    loss = tree.setdefault("loss", {})
    if not isinstance(loss, dict) or "semantic_cosine" in loss:
        raise InputError(f"{path}: give [semantic_cosine] once, and [loss] as a table")
    loss["semantic_cosine"] = tree.pop("semantic_cosine")


def _find_loss_file(tree: dict[str, Any], folder: Path) -> None:
    """The file of objectives that a TOML file names is relative to that file."""
    loss = tree.get("loss")
    if isinstance(loss, dict) and isinstance(loss.get("file"), str) and loss["file"]:
        loss["file"] = str(folder / loss["file"])
