"""The runs that are evaluated: pose files, each with a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.results import RunEntries, poses_path


@dataclass(frozen=True)
class Run:
    """The entries of the pose file at ``path``; those of ``load_runs`` are read from it one after the other."""

    label: str
    path: Path
    entries: Sequence[dict[str, Any]]

    @property
    def folder(self) -> Path:
        """Where the folders of the samples are."""
        return self.path.parent


def load_runs(paths: Sequence[Path], labels: Sequence[str] = ()) -> list[Run]:
    """Runs of pose files or the folders with them.

    Args:
        paths: One for each run.
        labels: One for each run, or none: then runs are called as the shortest ends of their folders that differ.

    Raises:
        InputError: A file cannot be used, or the labels do not fit.
    """
    files = [poses_path(path) for path in paths]
    if labels and len(labels) != len(paths):
        raise InputError(
            f"{len(labels)} --label for {len(paths)} --poses; give one for each, in the same order, or none"
        )
    if len(set(labels)) < len(labels):
        raise InputError(f"--label {Counter(labels).most_common(1)[0][0]} is given twice; give each run its own")
    runs = []
    for file, label in zip(files, labels or folder_labels([file.parent for file in files]), strict=True):
        entries = RunEntries(file)
        if not entries:
            raise InputError(f"{file}: has no poses; give the output of a run that estimated something")
        runs.append(Run(label, file, entries))
    return runs


def folder_labels(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the folders' paths that differ; numbered where the folders are the same."""
    resolved = [folder.resolve() for folder in folders]
    labels: list[str] = []
    for folder in resolved:
        depth = 1
        others = {other for other in resolved if other != folder}
        while depth < len(folder.parts) and any(other.parts[-depth:] == folder.parts[-depth:] for other in others):
            depth += 1
        label = "/".join(part for part in folder.parts[-depth:] if part != folder.anchor) or "poses"
        earlier = sum(known == label or known.startswith(f"{label} (") for known in labels)
        labels.append(f"{label} ({earlier + 1})" if earlier else label)
    return labels
