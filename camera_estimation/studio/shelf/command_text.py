"""The command line that gives the same result as the page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from camera_estimation.configuration import Configuration
from camera_estimation.io import split_frame_path, write_text
from camera_estimation.studio.settings import SettingsChoice, settings_toml
from camera_estimation.studio.shelf.session import StudioSession
from camera_estimation.studio.shelf.subject import Subject

SETTINGS_NAME = "settings.toml"


def command_values(subject: Subject, session: StudioSession, choice: SettingsChoice) -> dict[str, Any]:
    """The command and the settings of a sample's result, or of what would be estimated. The files that the command
    names are written.

    Args:
        subject: The sample.
        session: Where it is from.
        choice: The settings of the page, for a sample without a result.

    Raises:
        InputError: The settings are wrong, or files cannot be written.
    """
    config = choice.configuration()
    of_result = subject.entry is not None and subject.settings is not None
    if of_result and subject.settings is not None:
        config = subject.settings
    toml = settings_toml(config, Configuration())
    return {
        "command": shlex.join(_words(subject, session, toml)),
        "toml": toml,
        "all_settings": settings_toml(config),
        "of_result": of_result,
    }


def _words(subject: Subject, session: StudioSession, toml: str) -> list[str]:
    words = ["camera-estimate", *_input_words(subject)]
    flags: list[tuple[str, Path | None]] = [
        ("--masks_dir", subject.marked_sources.masks_dir),
        ("--keypoints_dir", subject.marked_sources.keypoints_dir),
        ("--boxes", subject.write_box_file()),
        ("--intrinsics", session.intrinsics_file(subject)),
        ("--init", subject.write_start_file()),
        ("--config", _settings_file(subject, toml)),
    ]
    for flag, path in flags:
        if path is not None:
            words += [flag, str(path.resolve())]
    return [*words, "--output_dir", "camera_estimates"]


def _input_words(subject: Subject) -> list[str]:
    pairs = subject.write_pair_file()
    if pairs is not None:
        return ["--pairs", str(pairs.resolve())]
    sample = subject.marked_sample
    frame = split_frame_path(sample.image_path)
    image, number = (sample.image_path, None) if frame is None else frame
    words = ["--input_dir", str(sample.mesh_path.resolve()), "--source_images_dir", str(image.resolve())]
    return words if number is None else [*words, "--frames", f"{number}:{number + 1}"]


def _settings_file(subject: Subject, toml: str) -> Path | None:
    path = subject.folder / SETTINGS_NAME
    if not toml:
        path.unlink(missing_ok=True)
        return None
    write_text(path, toml)
    return path
