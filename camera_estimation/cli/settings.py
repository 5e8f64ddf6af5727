"""What flags ask for: the configuration that presets and they make, and the fields of requests."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from camera_estimation.configuration import (
    DEFAULT_LOSS,
    Configuration,
    choose_objective,
    load_preset,
    merge_settings,
    overlay_preset,
    preset_names,
    tomllib,
)
from camera_estimation.errors import InputError
from camera_estimation.io import use_limits


def build_configuration(model: str | None, presets: Sequence[str], flags: dict[str, Any]) -> Configuration:
    """Defaults, then the preset of the generator ``model``, then presets or TOML files one after the other, then
    ``flags``.

    ``flags`` is a nested dict as ``Configuration.to_dict`` gives it; what is None in it was not asked for. The limits
    hold from here on for all that the process reads. Raises InputError.
    """
    config = Configuration()
    if model is not None:
        config = load_preset(f"models/{model}", config)
    for preset in presets:
        _check_preset(preset)
        config = overlay_preset(preset, config)
    given = _without_none(flags)
    named = given.get("loss", {}).get("name")
    config = merge_settings(choose_objective(config, named), given, source="command line")
    use_limits(config.limits)
    return config if named else _with_only_objective(config)


def _check_preset(preset: str) -> None:
    """Raises InputError for what is neither the name of a preset nor a file; the line names what may be meant."""
    known = preset_names()
    if not Path(preset).is_file() and preset not in known and Path(preset).suffix != ".toml":
        near = difflib.get_close_matches(preset.lower(), known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"--config {preset}: {meant}presets are {', '.join(known)}; or give the path of a TOML file")


def settings_files(presets: Sequence[str]) -> tuple[str, ...]:
    """Those of the presets that are files of the user's own."""
    return tuple(preset for preset in presets if Path(preset).is_file())


def loss_options(assignments: Iterable[str]) -> dict[str, Any]:
    """The nested dict of options of ``--loss_option KEY=VALUE``: values as in TOML, bare words as strings.

    Raises InputError.
    """
    options: dict[str, Any] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        *tables, key = keys = [part.strip() for part in path.split(".")]
        if not equals or not all(keys):
            raise InputError(f"--loss_option {assignment}: give KEY=VALUE, such as boundary.weight=0.2 or net=alex")
        table = options
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise InputError(f"--loss_option {assignment}: '{name}' has a value already")
        table[key] = _toml_value(text.strip())
    return options


def only_objective_remark(config: Configuration, name: str | None) -> str | None:
    """A line about an objective that nobody named (``name``), taken from a file because it is the only one there."""
    loss = config.loss
    if not loss.file or name or loss.terms:
        return None
    from camera_estimation.losses import load_loss_file

    return (
        f"objective: '{loss.name}', the only one in {loss.file}" if load_loss_file(loss.file) == (loss.name,) else None
    )


def sample_request(flags: dict[str, Any]) -> dict[str, Any]:
    """The fields of ``SampleRequest`` that flags of the same names fill. Raises InputError."""
    from camera_estimation.dataset import choose_frames

    names = ("input_dir", "source_images_dir", "pairs", "masks_dir", "keypoints_dir", "depth_dir", "max_samples")
    others = ("demo", "intrinsics", "overwrite", "verbose", "quiet")
    frames = choose_frames(flags["every"], flags["frames"])
    files = settings_files(flags["config"])
    return {**{name: flags[name] for name in (*names, *others)}, "frames": frames, "config_files": files}


def estimation_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """The nested dict of configuration, without the objective's, of ``camera_options``, ``search_options`` and
    the segmenter; None was not asked for."""
    return {
        "camera": _camera_settings(flags),
        "search": {"method": flags["search"], "cache": False if flags["no_cache"] else None},
        "appearance": {"lighting": flags["lighting"]},
        "refinement": {key: flags[key] for key in ("mesh_quality", "occlusion")},
        "evidence": {
            "depth_scale": flags["depth_scale"],
            "depth_kind": flags["depth_kind"],
            "region_weights": _region_weights(flags["region_weights"]),
        },
        "mask_label": flags["mask_label"],
        "segmenter": flags["segmenter"],
        "renderer": flags["renderer"],
        "device": flags["device"],
        "seed": flags["seed"],
        "pictures": "none" if flags["no_pictures"] else flags["pictures"],
    }


def _camera_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """A field of view that is given is believed, before what images say of themselves."""
    given = flags["fov_deg"] is not None
    held = "off" if given or flags["fix_fov"] else None
    return {
        "fov_deg": flags["fov_deg"],
        "exif": False if given else None,
        "optimize_fov": "on" if flags["optimize_fov"] else held,
        "roll": flags["roll"],
    }


def _region_weights(file: Path | None) -> dict[str, float] | None:
    if file is None:
        return None
    from camera_estimation.images import load_region_weights

    return load_region_weights(file)


def _without_none(flags: dict[str, Any]) -> dict[str, Any]:
    nested = {key: _without_none(value) if isinstance(value, dict) else value for key, value in flags.items()}
    return {key: value for key, value in nested.items() if value is not None and value != {}}


def _toml_value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _with_only_objective(config: Configuration) -> Configuration:
    """Where a file of objectives is given and none is named: the only one of that file."""
    loss = config.loss
    if not loss.file or loss.terms or loss.name != DEFAULT_LOSS:
        return config
    from camera_estimation.losses import load_loss_file

    names = load_loss_file(loss.file)
    if len(names) > 1:
        raise InputError(f"{loss.file}: choose one of its objectives with --loss_type: {', '.join(names)}")
    return replace(config, loss=replace(loss, name=names[0]))
