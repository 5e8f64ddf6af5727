"""What a page is told of samples."""

from __future__ import annotations

from typing import Any

from camera_estimation.io import parse_json
from camera_estimation.studio.shelf import StudioSession, Subject


def brief_values(subject: Subject) -> dict[str, Any]:
    """What the list and the time line show."""
    entry = subject.entry or {}
    return {
        "number": subject.number,
        "name": subject.sample.name,
        "origin": subject.origin,
        "mesh": subject.sample.mesh_path.name,
        "image": subject.sample.image_path.name,
        "finished": subject.entry is not None,
        "confidence": entry.get("confidence"),
        "verdict": entry.get("verdict"),
    }


def full_values(subject: Subject, session: StudioSession) -> dict[str, Any]:
    """What a page shows of the chosen sample."""
    truth = session.true_camera(subject)
    return {
        **brief_values(subject),
        "entry": subject.entry,
        "pins": _read_pins(subject),
        "painted": subject.mask_path.is_file(),
        "box": subject.box,
        "has_truth": truth is not None,
        "errors": _result_errors(subject, truth),
    }


def _read_pins(subject: Subject) -> list[dict[str, Any]]:
    path = subject.keypoints_path
    if not path.is_file():
        return []
    rows = parse_json(path.read_text(encoding="utf-8"), path)
    return rows if isinstance(rows, list) else []


def _result_errors(subject: Subject, truth: Any) -> dict[str, float] | None:
    """To the true camera, where that is known."""
    if truth is None or subject.entry is None:
        return None
    import math

    from camera_estimation.evaluation import rotation_error
    from camera_estimation.results import camera_of

    return {"rotation_deg": math.degrees(float(rotation_error(camera_of(subject.entry), truth)))}
