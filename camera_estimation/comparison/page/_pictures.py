"""The pictures of the page, cut to the object: sources, and of each objective the overlay and the difference."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import numpy as np
from PIL import Image

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.runner import source_path
from camera_estimation.comparison.summary import optional_number_text
from camera_estimation.evaluation import number_text
from camera_estimation.results import sample_folder
from camera_estimation.visualization import difference_of, image_from_pixels, overlay_picture

RENDER, MASK = "render.png", "mask.png"  # in a sample's folder
THUMBNAIL = 256  # pixels of the longer side
JPEG_QUALITY = 80
BACKGROUND = (205, 205, 205, 255)
LONGEST_REASON = 90  # characters in the place of a picture; the whole is in the table

Window = tuple[float, float, float, float]  # left, top, right, bottom as shares of a picture


@dataclass(frozen=True)
class ObjectivePicture:
    """``data`` is a data URI."""

    data: str
    alternative: str


@dataclass(frozen=True)
class Figure:
    """One picture or several; where there is none, ``reason`` says why."""

    label: str
    pictures: Sequence[ObjectivePicture]
    reason: str
    caption: str = ""


@dataclass(frozen=True)
class Strip:
    """The figures of one sample."""

    name: str
    figures: list[Figure]


def sample_strips(comparison: ComparisonOutcomes) -> list[Strip]:
    """For each sample the source and the pictures of every objective, all cut to what any render shows."""
    strips = []
    for index, sample in enumerate(comparison.samples):
        outcomes = [of_objective[index] for of_objective in comparison.outcomes]
        folders = [_result_folder(comparison, outcome) for outcome in outcomes]
        window = object_window([folder / RENDER for folder in folders if folder is not None])
        source = read_part(source_path(comparison.folder, sample), window)
        shown = [ObjectivePicture(data_uri(source), "source image")] if source else []
        figures = [Figure("source", shown, "no picture")]
        figures += [
            _objective_figure(outcome, folder, source, window)
            for outcome, folder in zip(outcomes, folders, strict=True)
        ]
        strips.append(Strip(sample.name, figures))
    return strips


def read_part(path: Path, window: Window, size: tuple[int, int] | None = None) -> Image.Image | None:
    """The part of a picture within ``window`` as a thumbnail.

    Args:
        path: The file.
        window: Of it.
        size: In pixels; None: with the longer side of a thumbnail.

    Returns:
        RGBA; None if the file cannot be read.
    """
    try:
        with Image.open(path) as file:
            shown = file.convert("RGBA")
    except OSError:
        return None
    left, top, right, bottom = window
    width, height = shown.size
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    shown = shown.crop(box)
    if size is None:
        shown.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        return shown
    return shown.resize(size, Image.Resampling.LANCZOS)


def data_uri(picture: Image.Image) -> str:
    """The picture as data of the page, over grey where it is transparent."""
    stream = io.BytesIO()
    shown = Image.alpha_composite(Image.new("RGBA", picture.size, BACKGROUND), picture.convert("RGBA"))
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


def _result_folder(comparison: ComparisonOutcomes, outcome: Outcome) -> Path | None:
    folder = sample_folder(comparison.folder / outcome.objective.folder, outcome.sample.name)
    return folder if outcome.status == "ok" and (folder / RENDER).is_file() else None


def _objective_figure(outcome: Outcome, folder: Path | None, source: Image.Image | None, window: Window) -> Figure:
    label = outcome.objective.label
    reason = (outcome.entry or {}).get("error") or outcome.status
    told = "no render.png was written (--pictures)" if outcome.status == "ok" else f"failed: {reason}"
    return Figure(
        label,
        [] if folder is None else _result_pictures(label, folder, source, window),
        shorten(told, LONGEST_REASON, placeholder=" ..."),
        _caption(outcome),
    )


def _result_pictures(label: str, folder: Path, source: Image.Image | None, window: Window) -> list[ObjectivePicture]:
    """Overlay and difference; the render alone where the source or the mask cannot be read."""
    render = read_part(folder / RENDER, window, source.size if source else None)
    if render is None:
        return []
    mask = read_part(folder / MASK, window, render.size)
    if source is None or mask is None:
        return [ObjectivePicture(data_uri(render), f"render of {label}")]
    opaque = Image.alpha_composite(Image.new("RGBA", source.size, BACKGROUND), source)
    rgb, drawn, covered = np.asarray(opaque.convert("RGB")), np.asarray(render), np.asarray(mask.convert("L"))
    overlay = image_from_pixels(overlay_picture(rgb, drawn))
    difference = image_from_pixels(difference_of(rgb, covered, drawn))
    return [
        ObjectivePicture(data_uri(overlay), f"overlay of {label}"),
        ObjectivePicture(data_uri(difference), f"difference of {label}"),
    ]


def _caption(outcome: Outcome) -> str:
    if outcome.entry is None or outcome.status != "ok":
        return ""
    parts = [f"loss {optional_number_text(outcome.entry['loss'])}"]
    if outcome.judged and outcome.judged.errors:
        parts.append(f"error {number_text(outcome.judged.errors.rotation_deg)}°")
    return ", ".join(parts)
