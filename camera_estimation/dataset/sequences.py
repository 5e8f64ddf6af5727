"""Which samples are consecutive frames.

Images of one mesh are a sequence if their names differ only in the last number, which gives their places in time, or
have none; what comes between them does not matter. So are images that have a mesh each, as generators make one of every
frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Protocol

from camera_estimation.dataset.pairing import Sample

LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


class ImageOfMesh(Protocol):
    """A sample, or what became of one."""

    @property
    def name(self) -> str: ...

    @property
    def mesh_path(self) -> Path: ...

    @property
    def image_path(self) -> Path: ...


def sequence_keys(samples: Sequence[ImageOfMesh]) -> dict[str, Hashable]:
    """The sequence that each sample, by name, belongs to."""
    images_of = Counter(sample.mesh_path for sample in samples)
    return {
        sample.name: (sample.mesh_path if images_of[sample.mesh_path] > 1 else None, _without_number(sample))
        for sample in samples
    }


def _without_number(sample: ImageOfMesh) -> str:
    name, found = LAST_NUMBER.subn("", sample.image_path.stem)
    return name if found else ""


def place_in_time(sample: Sample) -> float | None:
    """The seconds of a video's frame; of a picture the last number in its name."""
    if sample.frame is not None:
        return sample.frame.time
    match = LAST_NUMBER.search(sample.image_path.stem)
    return float(match.group()) if match else None
