"""The pictures of the page: thumbnails of sources and renders, cut to the object."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from PIL import Image

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.runner import source_path
from camera_estimation.comparison.summary import optional_number_text
from camera_estimation.evaluation import number_text
from camera_estimation.results import sample_folder

THUMBNAIL = 256  # pixels of the longer side
JPEG_QUALITY = 80
BACKGROUND = (205, 205, 205, 255)
LONGEST_REASON = 90  # characters in the place of a picture; the whole is in the table

Window = tuple[float, float, float, float]  # left, top, right, bottom as shares of a picture


@dataclass(frozen=True)
class Figure:
    """``thumbnail`` is the picture as data of the page; where there is none, ``reason`` says why."""

    label: str
    thumbnail: str | None
    alternative: str
    reason: str
    caption: str = ""


@dataclass(frozen=True)
class Strip:
    """The figures of one sample."""

    name: str
    figures: list[Figure]


def sample_strips(comparison: ComparisonOutcomes) -> list[Strip]:
    """For each sample the source and the render of every objective, all cut to what any render shows."""
    strips = []
    for index, sample in enumerate(comparison.samples):
        outcomes = [of_objective[index] for of_objective in comparison.outcomes]
        renders = [_render_path(comparison, outcome) for outcome in outcomes]
        window = object_window([path for path in renders if path is not None])
        source = source_path(comparison.folder, sample)
        figures = [
            Figure("source", thumbnail(source, window) if source.is_file() else None, "source image", "no picture")
        ]
        figures += [_render_figure(outcome, path, window) for outcome, path in zip(outcomes, renders, strict=True)]
        strips.append(Strip(sample.name, figures))
    return strips


def thumbnail(path: Path, window: Window) -> str | None:
    """The part of a picture within ``window`` as data of the page; None if
    it cannot be read."""
    try:
        with Image.open(path) as file:
            shown = file.convert("RGBA")
    except OSError:
        return None
    left, top, right, bottom = window
    width, height = shown.size
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    shown = Image.alpha_composite(Image.new("RGBA", shown.size, BACKGROUND), shown).crop(box)
    shown.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    shown.convert("RGB").save(stream, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def object_window(paths: Sequence[Path]) -> Window:
    """What renders of one frame show, with a margin."""
    parts = []
    for path in paths:
        with Image.open(path) as render:
            box = render.convert("RGBA").getchannel("A").getbbox()
            if box:
                parts.append([side / full for side, full in zip(box, render.size * 2, strict=True)])
    if not parts:
        return 0.0, 0.0, 1.0, 1.0
    lefts, tops, rights, bottoms = zip(*parts, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    x, y = 0.15 * (right - left), 0.15 * (bottom - top)
    return max(0.0, left - x), max(0.0, top - y), min(1.0, right + x), min(1.0, bottom + y)


def _render_path(comparison: ComparisonOutcomes, outcome: Outcome) -> Path | None:
    path = sample_folder(comparison.folder / outcome.objective.folder, outcome.sample.name) / "render.png"
    return path if outcome.status == "ok" and path.is_file() else None


def _render_figure(outcome: Outcome, path: Path | None, window: Window) -> Figure:
    label = outcome.objective.label
    reason = (outcome.entry or {}).get("error") or outcome.status
    return Figure(
        label,
        None if path is None else thumbnail(path, window),
        f"render of {label}",
        shorten(f"failed: {reason}", LONGEST_REASON, placeholder=" ..."),
        _caption(outcome),
    )


def _caption(outcome: Outcome) -> str:
    if outcome.entry is None or outcome.status != "ok":
        return ""
    parts = [f"loss {optional_number_text(outcome.entry['loss'])}"]
    if outcome.judged and outcome.judged.errors:
        parts.append(f"error {number_text(outcome.judged.errors.rotation_deg)}°")
    return ", ".join(parts)
