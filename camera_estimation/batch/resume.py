"""What earlier runs into the same output folder have finished already."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from camera_estimation.batch.fingerprint import without_indifferent
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, Sample
from camera_estimation.io import input_path, is_object

SETTLED_LIGHTING = ("gain", "shading")  # what "auto" becomes by the mesh before an estimate, whose record has that


def is_finished(sample: Sample, entry: dict[str, Any] | None, config: Configuration, output_dir: Path) -> bool:
    """Whether the sample has a result, see ``has_result``, with the pictures that the settings ask for."""
    from camera_estimation.results import has_pictures, sample_folder

    folder = sample_folder(output_dir, sample.name)
    return has_result(sample, entry, config, output_dir) and has_pictures(folder, config.pictures)


def has_result(sample: Sample, entry: dict[str, Any] | None, config: Configuration, output_dir: Path) -> bool:
    """Whether the sample has a result of the same mesh, object in the image, and objective, with all its files but for
    pictures.

    Args:
        sample: What is asked for now.
        entry: The sample's in the poses.json of ``output_dir``, if it has one.
        config: The settings now, of which the objective's name counts.
        output_dir: Folder of the results.
    """
    from camera_estimation.losses import objective_name
    from camera_estimation.results import is_complete, sample_folder

    return (
        entry is not None
        and entry["status"] == "ok"
        and entry["loss_type"] == objective_name(config.loss)
        and _same_file(entry["mesh"], sample.mesh_path)
        and _same_file(entry["image"], sample.image_path)
        and _same_mark(entry.get("object"), sample.mark.values())
        and is_complete(sample_folder(output_dir, sample.name), "none")
    )


def settings_differ(sample: Sample, config: Configuration, images: ImageSources, output_dir: Path) -> bool:
    """Whether a finished sample was estimated with other settings or evidence than these.

    The device, how many images are in flight, the pictures, the limits of what is read, and whether views are kept on
    disk do not count.
    """
    from camera_estimation.results import read_settings, sample_folder

    recorded = read_settings(sample_folder(output_dir, sample.name))
    if recorded is None:
        return False
    before, evidence = recorded
    before, now = without_indifferent(before), without_indifferent(json.loads(json.dumps(config.to_dict())))
    if config.appearance.lighting == "auto" and before.get("appearance", {}).get("lighting") in SETTLED_LIGHTING:
        before["appearance"] = {**before["appearance"], "lighting": "auto"}
    return before != now or evidence != images.checksums(sample.image_path)


def _same_mark(recorded: dict[str, Any] | None, asked: dict[str, Any] | None) -> bool:
    """Whether two marks are the same but for how the path of their mask is written."""
    if recorded is None or asked is None:
        return recorded is asked
    before, now = recorded.get("mask"), asked.get("mask")
    same_mask = before == now or bool(before and now and _same_file(before, input_path(now)))
    return same_mask and {**recorded, "mask": None} == {**asked, "mask": None}


def _same_file(recorded: str, path: Path) -> bool:
    """The paths are compared first, for links are followed through the file system, which takes time."""
    if str(path) == recorded:
        return True
    if is_object(path) or is_object(input_path(recorded)):
        return str(path) == recorded
    return os.path.abspath(path) == os.path.abspath(recorded) or Path(recorded).resolve() == path.resolve()
