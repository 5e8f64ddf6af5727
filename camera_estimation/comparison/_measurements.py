"""comparison.json: what a comparison measures beside what the objectives' own folders hold."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import LineLog, json_text, write_text

NAME, JOURNAL_NAME = "comparison.json", "comparison.jsonl"
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
    """The file of one folder; what earlier runs measured stays. Each record is a line of comparison.jsonl at once, and
    ``close`` puts them into the file: what a killed run has recorded is there as well.

    Raises:
        InputError: The lines cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._log = LineLog(folder / JOURNAL_NAME)
        self._values: dict[str, dict[str, dict[str, Any]]] = _earlier(self.path)
        try:
            for _, line in self._log.read():
                self._take_line(line)
        except OSError as error:
            raise InputError(f"{self._log.path}: cannot be read ({error.strerror}); check its permissions") from error

    def record(self, objective: str, sample: str, measurement: Measurement) -> None:
        """``objective`` is the name of its folder. Raises InputError if it cannot be written."""
        values = asdict(measurement)
        self._log.append(json.dumps([objective, sample, values], ensure_ascii=False).encode())
        self._put(objective, sample, values)

    def close(self) -> None:
        """Write the file. Raises InputError if that cannot be done: the lines stay."""
        if not self._log.path.exists():
            return
        write_text(self.path, json_text({"format": FORMAT, "version": VERSION, "measured": self._values}) + "\n")
        self._log.remove()

    def of(self, objective: str, sample: str) -> Measurement:
        """Without values where nothing was measured."""
        values = self._values.get(objective, {}).get(sample, {})
        return Measurement(**{**values, "curve": tuple(values.get("curve", ()))})

    def _put(self, objective: str, sample: str, values: dict[str, Any]) -> None:
        self._values.setdefault(objective, {})[sample] = values

    def _take_line(self, line: bytes) -> None:
        """Nothing of a damaged one, as of a damaged file."""
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            objective, sample, values = json.loads(line)
            self._put(str(objective), str(sample), _known_values(values))


def _known_values(values: dict[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in set(Measurement.__dataclass_fields__) & set(values)}


def _earlier(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """A damaged file loses curves and memory, not results: those are elsewhere."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return {
            objective: {name: _known_values(values) for name, values in samples.items()}
            for objective, samples in tree["measured"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
