"""Which files may be read: those in the folders that the studio was started with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from camera_estimation.dataset import Sample
from camera_estimation.io import split_frame_path


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a file really is in one of the folders, or is one of these files, wherever links lead."""
    found = split_frame_path(path)
    real = (path if found is None else found[0]).resolve()
    return any(real == root.resolve() or root.resolve() in real.parents for root in roots)


def keep_within(samples: Sequence[Sample], roots: Sequence[Path]) -> tuple[list[Sample], list[str]]:
    """The samples whose files really are in the folders, and a line about each of the others."""
    kept, lines = [], []
    for sample in samples:
        files = (sample.mesh_path, sample.image_path, sample.mark.mask_path)
        outside = [path for path in files if path is not None and not is_within(path, roots)]
        if outside:
            lines.append(f"{outside[0]}: is a link that leads out of the folders that were given: left out")
        else:
            kept.append(sample)
    return kept, lines
