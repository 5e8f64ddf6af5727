"""What shards have left in their folders, and whether they are of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.batch import without_indifferent
from camera_estimation.commands.estimate.shard import Shard, read_shard
from camera_estimation.errors import InputError
from camera_estimation.io import read_json
from camera_estimation.results import JOURNAL_NAME, POSES_NAME, RUN_NAME, RunEntries

NAMED_AT_MOST = 5
REMEDY = "run it again with the flags of the others, or leave it out"


@dataclass(frozen=True)
class ShardRun:
    """One shard as it is on disk.

    Attributes:
        record: Its run.json; empty where it had nothing to do.
        is_open: Whether it was killed: poses.jsonl has more than poses.json.
    """

    folder: Path
    shard: Shard
    record: dict[str, Any]
    is_open: bool


def read_shard_run(folder: Path) -> ShardRun:
    """Raises InputError if the folder is not that of a shard."""
    shard = read_shard(folder)
    if not (folder / POSES_NAME).is_file():
        raise InputError(f"{folder}: has no {POSES_NAME}; run {shard} first, or leave it out")
    path = folder / RUN_NAME
    return ShardRun(folder, shard, read_json(path) if path.is_file() else {}, (folder / JOURNAL_NAME).exists())


def check_alike(runs: Sequence[ShardRun]) -> None:
    """Raises InputError, which names two folders, where shards are not of one run: of another number of parts or
    samples, with other settings, or with different results of one sample."""
    first = runs[0]
    for run in runs[1:]:
        pair = f"{first.folder} and {run.folder}"
        if run.shard.count != first.shard.count:
            raise InputError(f"{pair}: are of {first.shard.count} and of {run.shard.count} shards; {REMEDY}")
        if run.shard.total != first.shard.total:
            raise InputError(f"{pair}: are of runs of {first.shard.total} and {run.shard.total} samples; {REMEDY}")
    _check_settings([run for run in runs if run.record])
    _check_samples(runs)


def list_gaps(runs: Sequence[ShardRun]) -> list[str]:
    """Lines about what is lacking for the whole run."""
    count, total = runs[0].shard.count, runs[0].shard.total
    there = {run.shard.index for run in runs}
    missing = [f"{index}/{count}" for index in range(1, count + 1) if index not in there]
    lines = [f"lacking: --shard {', '.join(missing)}"] if missing else []
    for run in runs:
        done = {entry["name"] for entry in RunEntries(run.folder)}
        left = [name for name in run.shard.places if name not in done]
        if left or run.is_open:
            told = ", ".join(left[:NAMED_AT_MOST]) + (", ..." if len(left) > NAMED_AT_MOST else "")
            more = f" ({told})" if told else ""
            remaining = f"{len(left)} of {len(run.shard.places)} samples are left{more}"
            lines.append(f"{run.folder}: is not finished: {remaining}; run {run.shard} again")
    if not lines and sum(len(run.shard.places) for run in runs) < total:
        lines.append(f"shards have {sum(len(run.shard.places) for run in runs)} of {total} samples")
    return lines


def _check_settings(runs: Sequence[ShardRun]) -> None:
    for run in runs[1:]:
        before, now = (_flatten_settings(without_indifferent(each.record["settings"])) for each in (runs[0], run))
        differing = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        if differing:
            key = differing[0]
            told = f"{key} is {before.get(key)!r} and {now.get(key)!r}"
            raise InputError(f"{runs[0].folder} and {run.folder}: have different settings ({told}); {REMEDY}")


def _check_samples(runs: Sequence[ShardRun]) -> None:
    owners: dict[str, Path] = {}
    for run in runs:
        for name in run.shard.places:
            if name in owners:
                raise InputError(f"{owners[name]} and {run.folder}: both have the sample {name}; {REMEDY}")
            owners[name] = run.folder


def _flatten_settings(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat.update(_flatten_settings(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
