"""What flags of ``camera-estimate`` ask for: its settings, checked against each other, and the request of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.cli.contradictions import (
    check_focal_flags,
    check_initialization_flags,
    check_input_flags,
    check_mask_flags,
    check_picture_flags,
    check_ray_flags,
    check_retry_flags,
    check_shard_flags,
)
from camera_estimation.cli.options import EXECUTION_SETTINGS
from camera_estimation.cli.settings import (
    build_configuration,
    estimation_settings,
    loss_options,
    only_objective_remark,
    sample_request,
)
from camera_estimation.configuration import Configuration

if TYPE_CHECKING:
    from camera_estimation.commands.estimate import EstimateRequest

RECORD_EVERY = 10  # iterations from one picture of a record to the next


def check_estimate_flags(flags: dict[str, Any]) -> Configuration:
    """The settings that flags ask for. Raises InputError where they contradict each other."""
    check_input_flags(flags)
    check_focal_flags(flags)
    check_picture_flags(flags)
    check_retry_flags(flags)
    check_shard_flags(flags)
    config = build_configuration(flags["model"], flags["config"], _estimate_settings(flags))
    check_mask_flags(flags, config)
    check_ray_flags(flags, config)
    refined = config.tracking.method == "refine"
    check_initialization_flags(flags, unmasked=config.mask == "none", refined=refined)
    return config


def estimate_request(flags: dict[str, Any], config: Configuration) -> EstimateRequest:
    """The request that flags make, with settings of ``check_estimate_flags``. Loads what estimates need.

    Raises InputError.
    """
    from camera_estimation.commands.estimate import EstimateRequest, parse_shard

    objective_remark = only_objective_remark(config, flags["loss_type"])
    return EstimateRequest(
        **sample_request(flags),
        config=config,
        preset="_".join(Path(preset).stem for preset in flags["config"]) or None,
        boxes=flags["boxes"],
        points=flags["points"],
        init=flags["init"],
        resume_from=flags["resume_from"],
        random_init=flags["random_init"],
        sequence=flags["sequence"],
        joint=flags["joint"],
        smooth=flags["smooth"],
        min_confidence=flags["min_confidence"],
        exports=flags["export"],
        maps=flags["maps"],
        maps_format=flags["maps_format"],
        output_dir=flags["output_dir"],
        retry_failed=flags["retry_failed"],
        json_lines=flags["json"],
        shard=parse_shard(flags["shard"]) if flags["shard"] else None,
        record_every=(flags["record_every"] or RECORD_EVERY) if flags["record"] else None,
        command_line=("camera-estimate", *sys.argv[1:]),
        remarks=[objective_remark] if objective_remark else [],
    )


def loss_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """The nested dict of the objective's configuration; None was not asked for. Raises InputError."""
    file = flags["loss_file"]
    return {
        "name": flags["loss_type"],
        "file": None if file is None else str(file),
        "options": loss_options(flags["loss_option"]),
    }


def _estimate_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """The nested dict of configuration of all flags; None was not asked for."""
    settings = {**estimation_settings(flags), "mask": flags["mask"], "loss": loss_settings(flags)}
    settings["batch"] = flags["batch"]
    settings["execution"] = {name: flags[name] for name in EXECUTION_SETTINGS}
    settings["joint"] = {"focal": flags["joint_focal"]}
    settings["tracking"] = {"method": flags["tracking_method"]}
    settings["evidence"]["matches"] = flags["matches"]
    return settings
