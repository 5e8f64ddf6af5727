"""Flags that contradict each other, or need each other, told in words of flags before anything is read.

``unmasked`` is whether images are taken to have no mask, by ``--mask`` or by a file of settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.mesh import mesh_suffixes


def check_input_flags(flags: dict[str, Any]) -> None:
    """Raises InputError where the samples are named in no way, or in two."""
    folders = flags["input_dir"] or flags["source_images_dir"]
    if flags["demo"]:
        if folders or flags["pairs"]:
            raise InputError(
                "--demo brings its own mesh and image: leave --input_dir, --source_images_dir and --pairs away"
            )
    elif flags["pairs"]:
        if folders:
            raise InputError("--pairs names its own files: leave --input_dir and --source_images_dir away")
    elif not flags["input_dir"]:
        raise InputError(
            "give --input_dir (a folder of meshes, or one) or --pairs FILE.csv, or try --demo; -h shows all flags. "
            f"Meshes are {', '.join(mesh_suffixes())}"
        )


def check_focal_flags(flags: dict[str, Any]) -> None:
    """Raises InputError where the focal length is to be estimated and not to be."""
    if flags["optimize_fov"] and flags["fix_fov"]:
        raise InputError("--optimize_fov estimates the focal length, --fix_fov does not: give one of them")


def check_picture_flags(flags: dict[str, Any]) -> None:
    """Raises InputError where pictures are wanted and not wanted."""
    if flags["no_pictures"] and flags["pictures"] not in (None, "none"):
        raise InputError(f"--no_pictures is --pictures none, not {flags['pictures']}: give one of them")


def check_retry_flags(flags: dict[str, Any]) -> None:
    """Raises InputError where failed samples of an earlier run are asked for, and all samples or a new run."""
    for other, reason in (("overwrite", "estimates all"), ("record", "begins a new run")):
        if flags["retry_failed"] and flags[other]:
            raise InputError(f"--retry_failed estimates what failed in an earlier run, --{other} {reason}: give one")


def check_shard_flags(flags: dict[str, Any]) -> None:
    """Raises InputError where a part of a run is to write what is of all samples together."""
    if not flags["shard"]:
        return
    if flags["export"]:
        raise InputError("--export is of all samples, --shard of a part of them: give --export to camera-merge")
    for flag in ("smooth", "record", "random_init"):
        if flags[flag]:
            raise InputError(f"--{flag} writes what is of all samples, --shard is a part of them: give one of them")


def check_ray_flags(flags: dict[str, Any], config: Configuration) -> None:
    """Raises InputError for flags of a Ray cluster where there is none."""
    given = [flag for flag in ("ray_address", "gpus_per_worker", "ray_inputs") if flags[flag]]
    if given and config.execution.executor != "ray":
        raise InputError(f"--{given[0]} is of a Ray cluster: add --executor ray")


def check_mask_flags(flags: dict[str, Any], config: Configuration) -> None:
    """Raises InputError for flags that need masks where there are none, or say where to make them for nothing."""
    unmasked = config.mask == "none"
    evidence = {
        "--keypoints_dir": flags["keypoints_dir"],
        "--depth_dir": flags["depth_dir"],
        "--matches": config.evidence.matches,
        "--region_weights": config.evidence.region_weights,
    }
    given = [flag for flag, value in evidence.items() if value]
    if unmasked and given:
        raise InputError(f"{given[0]} is for images with masks: leave --mask none away, or make masks with --segmenter")
    if unmasked and config.segmenter:
        raise InputError("--segmenter makes masks, which --mask none does not use: leave one of them away")
    if unmasked and config.mask_label:
        raise InputError("--mask_label is of mask files, which --mask none does not use: leave one of them away")
    if flags["joint"] and config.evidence.matches:
        raise InputError("--matches refines each image for itself: leave --joint or --matches away")


def check_initialization_flags(flags: dict[str, Any], unmasked: bool, refined: bool) -> None:
    """Raises InputError for flags that contradict each other about where estimates start; ``refined`` is whether all
    frames of a sequence are estimated."""
    ways = {f"--{name}": flags[name] for name in ("random_init", "init", "resume_from")}
    given = [flag for flag, value in ways.items() if value is not None]
    given += ["--sequence"] if flags["sequence"] and flags["random_init"] is not None else []
    if len(given) > 1:
        raise InputError(f"{given[0]} and {given[1]} both say where estimates start: give one of them")
    _check_joint_flags(flags, given)
    judging = ("sequence", "joint") if refined else ("joint",)
    judged = [*given, *(f"--{flag}" for flag in judging if flags[flag])]
    if unmasked and judged:
        raise InputError(f"{judged[0]} judges poses by the mask: leave --mask none away")
    _check_resumed_run(flags)


def _check_joint_flags(flags: dict[str, Any], starts: list[str]) -> None:
    """Images that are estimated together are each searched first, and in no order."""
    if flags["joint_focal"] and not flags["joint"]:
        raise InputError("--joint_focal is about images that are estimated together: add --joint")
    others = [*starts, "--sequence"] if flags["sequence"] else starts
    if flags["joint"] and others:
        raise InputError(f"--joint estimates all images of a mesh at once: leave {others[0]} away")


def _check_resumed_run(flags: dict[str, Any]) -> None:
    """The finished poses of the run that is gone on from would be taken for results of this one."""
    place: Path | None = flags["resume_from"]
    if place is None or flags["overwrite"] or flags["record"]:
        return
    run = place if place.is_dir() else place.parent
    if run.resolve() == flags["output_dir"].resolve():
        raise InputError(f"--resume_from {place}: that is where results go: choose another --output_dir")
