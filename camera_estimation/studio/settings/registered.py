"""What the registries know, as JSON has it: objectives with their options, presets, segmenters, export formats."""

from __future__ import annotations

from typing import Any

from camera_estimation.configuration import preset_names
from camera_estimation.errors import InputError
from camera_estimation.export import exporter_registry
from camera_estimation.lighting import light_registry
from camera_estimation.losses import ComposedObjective, LossObjective, loss_classes, option_defaults
from camera_estimation.segmentation import segmenter_registry


def plugin_tables() -> dict[str, Any]:
    """All that can be chosen by name, with what each lacks here ("" for nothing)."""
    return {
        "presets": preset_names(),
        "models": preset_names("models"),
        "objectives": [_objective(name, cls) for name, cls in loss_classes().items()],
        "segmenters": [
            {"name": name, "description": cls.description, "points": cls.uses_points, "lacking": cls.missing() or ""}
            for name, cls in segmenter_registry.classes().items()
        ],
        "lights": [
            {"name": name, "description": cls.description, "terms": list(cls.terms), "lacking": cls.missing() or ""}
            for name, cls in light_registry.classes().items()
        ],
        "exporters": [
            {
                "name": name,
                "description": cls.description,
                "options": [{"name": key, "help": text} for key, text in cls.option_help.items()],
                "lacking": cls.missing() or "",
            }
            for name, cls in exporter_registry.classes().items()
        ],
    }


def _objective(name: str, cls: type[LossObjective]) -> dict[str, Any]:
    try:
        lacking = cls.missing() or ""
        formula, requirements, options = cls.formula, cls.requirements, _options(cls)
    except InputError as error:  # one of its terms is not there: it cannot be run, and costs no other its row
        lacking, formula, requirements, options = str(error), "", "", []
    return {
        "name": name,
        "description": cls.description,
        "formula": formula,
        "requirements": requirements,
        "lacking": lacking,
        "options": options,
    }


def _options(cls: type[LossObjective]) -> list[dict[str, Any]]:
    """Those of the class; of a composition the weight and the settings of each term."""
    if not issubclass(cls, ComposedObjective):
        return [{"path": key, "default": value} for key, value in (option_defaults(cls) or {}).items()]
    options: list[dict[str, Any]] = []
    for spec in cls.composition:
        settings = {**(spec.settings() or {}), **spec.options}
        options.append({"path": f"{spec.name}.weight", "default": spec.weight})
        options += [{"path": f"{spec.name}.{key}", "default": value} for key, value in settings.items()]
    return options
