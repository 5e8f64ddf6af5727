"""comparison.json: what a comparison measures beside what the objectives' own folders hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from camera_estimation.io import json_text, write_text

NAME = "comparison.json"
FORMAT, VERSION = "camera-estimation/comparison", 1


@dataclass(frozen=True)
class Measurement:
    """Of one objective on one sample. Memory in bytes: the peak while the objective decided, and by how much that is
    above what the process took before; None if unknown. ``curve``: the least loss after each iteration of the descent,
    or the loss of the last Gauss-Newton level where that is what minimises the objective."""

    peak_memory: int | None = None
    memory_growth: int | None = None
    curve: tuple[float, ...] = ()


class Measurements:
    """The file of one folder, whole and valid after every ``record``; what earlier runs measured stays."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._values: dict[str, dict[str, dict[str, Any]]] = _earlier(self.path)

    def record(self, objective: str, sample: str, measurement: Measurement) -> None:
        """``objective`` is the name of its folder."""
        self._values.setdefault(objective, {})[sample] = asdict(measurement)
        write_text(self.path, json_text({"format": FORMAT, "version": VERSION, "measured": self._values}) + "\n")

    def of(self, objective: str, sample: str) -> Measurement:
        """Without values where nothing was measured."""
        values = self._values.get(objective, {}).get(sample, {})
        return Measurement(**{**values, "curve": tuple(values.get("curve", ()))})


def _earlier(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """A damaged file loses curves and memory, not results: those are elsewhere."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        known = set(Measurement.__dataclass_fields__)
        return {
            objective: {name: {key: values[key] for key in known & set(values)} for name, values in samples.items()}
            for objective, samples in tree["measured"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
