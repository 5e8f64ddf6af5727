"""The sequences in a run: which of its samples are consecutive frames that followed each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.dataset import sequence_keys
from camera_estimation.io import input_path

FEWEST_FRAMES = 3
FROM_NEIGHBOR = ("neighbour", "tracked")  # starts of entries that followed the frame before them


@dataclass(frozen=True)
class _Frame:
    name: str
    mesh_path: Path
    image_path: Path


def find_sequences(entries: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """The sequences among entries of poses.json, in their order: places in ``entries``, of finished samples only.

    Frames of a video are one, and images of which one followed the other; pictures that just lie beside each other are
    none.
    """
    finished = [index for index, entry in enumerate(entries) if entry["status"] == "ok"]
    frames = [
        _Frame(entry["name"], input_path(entry["mesh"]), input_path(entry["image"]))
        for entry in (entries[index] for index in finished)
    ]
    keys = sequence_keys(frames)
    groups: dict[Hashable, list[int]] = {}
    for index, frame in zip(finished, frames, strict=True):
        groups.setdefault((keys[frame.name], str(entries[index].get("object"))), []).append(index)
    return [
        group
        for group in groups.values()
        if len(group) >= FEWEST_FRAMES and any(_has_neighbor(entries[index]) for index in group)
    ]


def _has_neighbor(entry: Mapping[str, Any]) -> bool:
    return entry.get("frame") is not None or entry.get("start") in FROM_NEIGHBOR
