"""What the page's form was filled with, as settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from camera_estimation.configuration import Configuration, choose_objective, merge_settings, tomllib
from camera_estimation.errors import InputError
from camera_estimation.studio.settings.form import form_values
from camera_estimation.web import check_foreign_settings, overlay_packaged

PAGE = "settings"  # where messages say that a value is from


@dataclass(frozen=True)
class SettingsChoice:
    """What is chosen on the page.

    Attributes:
        model: Generator of the mesh, a name of the presets ``models``; "": none.
        presets: Names of packaged presets, later ones overlay earlier ones.
        changes: Values by the paths of settings, such as ``camera.fov_deg``; those of lists and tables as TOML.
        objective: Name of the objective; "": that of the presets.
        options: Options of the objective, nested.
    """

    model: str = ""
    presets: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    objective: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def preset_configuration(self) -> Configuration:
        """Of the presets alone. Raises InputError."""
        return overlay_packaged(Configuration(), self.model, self.presets)

    def configuration(self) -> Configuration:
        """All settings. Raises InputError."""
        config = choose_objective(self.preset_configuration(), self.objective or None)
        if self.options:
            config = merge_settings(config, {"loss": {"options": self.options}}, PAGE)
        config = merge_settings(config, _nest(self.changes), PAGE)
        check_foreign_settings(config, PAGE)
        if config.limits.outside_files:
            raise InputError(f"{PAGE}: limits.outside_files has files of this machine read: give it to camera-estimate")
        return config


def parse_choice(tree: Any) -> SettingsChoice:
    """What a request says was chosen. Raises InputError if it says something else."""
    try:
        return msgspec.convert({} if tree is None else tree, SettingsChoice)
    except msgspec.ValidationError as error:
        raise InputError(f"{PAGE}: {error}; reload the page") from error


def _nest(changes: dict[str, Any]) -> dict[str, Any]:
    kinds = {field["path"]: field["kind"] for group in form_values(Configuration()) for field in group["fields"]}
    tree: dict[str, Any] = {}
    for path, value in changes.items():
        if kinds.get(path) == "toml":
            value = _parse_toml(path, value)
        *tables, key = path.split(".")
        table = tree
        for name in tables:
            table = table.setdefault(name, {})
        table[key] = None if kinds.get(path) == "choice" and value == "" else value
    return tree


def _parse_toml(path: str, text: Any) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{PAGE}: '{path}' is not written as TOML has it ({error}); reset it to see how") from error
