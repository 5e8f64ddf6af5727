"""stages.json: the candidates of every stage of an estimate, for questions about where a pose was lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera, camera_values, finite_or_none
from camera_estimation.io import json_text, read_json, write_text
from camera_estimation.results.plain_values import parse_camera

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate

STAGES_NAME = "stages.json"
FORMAT, VERSION = "camera-estimation/stages", 1


@dataclass(frozen=True)
class CandidateRecord:
    """A pose that a stage produced. ``score``: lower is better, infinite if it is not known. ``kept``: it went on."""

    camera: Camera
    score: float
    kept: bool


@dataclass(frozen=True)
class StageRecord:
    """``name`` and the candidates in the order of the file; of the last stage the first kept one is the answer."""

    name: str
    candidates: tuple[CandidateRecord, ...]


def write_stages(folder: Path, estimate: CameraEstimate) -> None:
    """The cameras after every stage, with their scores."""
    tree = {
        "format": FORMAT,
        "version": VERSION,
        "conventions": "score: lower is better, null for a camera that was given; kept: goes on to the next stage",
        "stages": [
            {
                "name": stage.name,
                "candidates": [
                    {
                        **camera_values(stage.camera[index : index + 1]),
                        "score": finite_or_none(score),
                        "kept": index in stage.kept,
                    }
                    for index, score in enumerate(stage.score.tolist())
                ],
            }
            for stage in estimate.stages
        ],
    }
    write_text(folder / STAGES_NAME, json_text(tree) + "\n")


def read_stages(folder: Path) -> list[StageRecord]:
    """The stages of one sample, each with its candidates.

    Args:
        folder: Of the sample.

    Raises:
        InputError: It has no stages.json that can be used.
    """
    path = folder / STAGES_NAME
    if not path.is_file():
        raise InputError(f"{path}: no such file; estimate the sample again to have its stages recorded")
    tree = read_json(path)
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise InputError(f"{path}: is not a file of {FORMAT}, version {VERSION}; estimate the sample again")
    try:
        stages = [_stage(stage, path) for stage in tree["stages"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is damaged; estimate the sample again") from error
    if not stages or not all(stage.candidates for stage in stages):
        raise InputError(f"{path}: has a stage without candidates; estimate the sample again")
    return stages


def _stage(stage: dict[str, Any], path: Path) -> StageRecord:
    where = f"{path}: stage '{stage['name']}'"
    return StageRecord(
        str(stage["name"]),
        tuple(
            CandidateRecord(parse_camera(candidate, where), _score(candidate["score"]), bool(candidate["kept"]))
            for candidate in stage["candidates"]
        ),
    )


def _score(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else math.inf
