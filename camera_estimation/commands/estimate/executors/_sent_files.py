"""Samples as a worker on another machine gets them, and what it gives back. Nothing heavy is imported here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import EstimateWork, WorkedSample
from camera_estimation.dataset import Sample
from camera_estimation.io import is_object

FileVersion = tuple[str, int, int]  # absolute path, bytes, and nanoseconds of the last change


@dataclass(frozen=True)
class SentFile:
    """A file as it is on the machine of the run."""

    version: FileVersion
    content: bytes


@dataclass(frozen=True)
class SentPiece:
    """A piece of work whose paths are absolute ones of the machine of the run.

    Attributes:
        work: Of the samples.
        relocates: Whether its files are sent; else the worker reads them where they are.
        own: Files that no other samples have.
        common: References to the contents of files that other pieces have too, by their versions.
        spellings: Of folders as they are in ``work`` and as the user wrote them, the longest first.
    """

    work: EstimateWork
    relocates: bool
    own: Sequence[SentFile] = ()
    common: Mapping[FileVersion, Any] = field(default_factory=dict)
    spellings: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class ReturnedSample:
    """A finished sample, with its files by their paths in the output folder."""

    worked: WorkedSample
    files: Sequence[tuple[str, bytes]]


def move_work(work: EstimateWork, move: Callable[[Path], Path], output_dir: Path) -> EstimateWork:
    """The same work with other paths.

    Args:
        work: Of some samples.
        move: Gives where a path is then.
        output_dir: Where results go then.
    """
    plan = work.plan
    images = replace(
        plan.images,
        masks_dir=_move_maybe(plan.images.masks_dir, move),
        keypoints_dir=_move_maybe(plan.images.keypoints_dir, move),
        depth_dir=_move_maybe(plan.images.depth_dir, move),
    )
    config = plan.config
    if config.loss.file:
        config = replace(config, loss=replace(config.loss, file=str(move(Path(config.loss.file)))))
    samples = tuple(_move_sample(sample, move) for sample in plan.samples)
    return replace(work, plan=replace(plan, samples=samples, images=images, config=config, output_dir=output_dir))


def list_folders(plan: EstimatePlan) -> list[Path]:
    """The folders of this machine that a plan's inputs are in, as it has them."""
    files = [path for sample in plan.samples for path in (sample.mesh_path, sample.image_path, sample.mark.mask_path)]
    files.append(Path(plan.config.loss.file) if plan.config.loss.file else None)
    folders = [plan.images.masks_dir, plan.images.keypoints_dir, plan.images.depth_dir]
    named = [path.parent for path in files if path is not None] + [path for path in folders if path]
    return list(dict.fromkeys(path for path in named if not is_object(path)))


def absolute_path(path: Path) -> Path:
    """The same without links followed, which names of masks and textures go by; of cloud storage the URL."""
    return path if is_object(path) else Path(os.path.abspath(path))


def spell_paths(text: str, spellings: Iterable[tuple[str, str]]) -> str:
    """A line or file of JSON with folders as the user wrote them."""
    for place, written in spellings:
        if place in text:
            text = text.replace(f"{place}/", "" if written == "." else f"{written}/".replace("//", "/"))
            text = text.replace(place, written)
    return text


def spell_entry(value: Any, spellings: Sequence[tuple[str, str]]) -> Any:
    """Likewise of an entry of poses.json."""
    if isinstance(value, str):
        return spell_paths(value, spellings)
    if isinstance(value, dict):
        return {key: spell_entry(item, spellings) for key, item in value.items()}
    return value


def spellings_in_json(spellings: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """As strings of JSON have them."""
    return [(_escape(place), _escape(written)) for place, written in spellings]


def _escape(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _move_maybe(path: Path | None, move: Callable[[Path], Path]) -> Path | None:
    return None if path is None else move(path)


def _move_sample(sample: Sample, move: Callable[[Path], Path]) -> Sample:
    mark = replace(sample.mark, mask_path=_move_maybe(sample.mark.mask_path, move))
    return replace(sample, mesh_path=move(sample.mesh_path), image_path=move(sample.image_path), mark=mark)
