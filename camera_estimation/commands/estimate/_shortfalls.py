"""Samples in which there is less confidence than was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.dataset import Sample
from camera_estimation.estimation import verdict_line
from camera_estimation.results import RunEntries


def shortfall_lines(output_dir: Path, samples: Sequence[Sample], least: float) -> list[str]:
    """A line for each of the samples that has a camera with less confidence than ``least``, the least first, whichever
    run it is of.

    Raises InputError if the results cannot be read.
    """
    asked = {sample.name for sample in samples}
    found = [entry for entry in RunEntries(output_dir) if entry["name"] in asked and entry["status"] == "ok"]
    told = [entry for entry in found if entry.get("confidence") is not None]
    short = sorted((entry for entry in told if entry["confidence"] < least), key=lambda entry: entry["confidence"])
    lines = [f"{entry['name']}: {verdict_line(entry)}" for entry in short]
    untold = [entry["name"] for entry in found if entry.get("confidence") is None]
    return lines + [f"{name}: its confidence is not known; --overwrite estimates it again" for name in untold]
