"""What ``camera-masks`` does with its plan: make all masks, and tell of it."""

from __future__ import annotations

import click

from camera_estimation.commands.masks._runner import make_masks
from camera_estimation.commands.masks.plan import MasksPlan


def run_masks(plan: MasksPlan) -> int:
    """Make the masks of every image; returns the exit code."""
    if not plan.quiet:
        for line in plan.remarks:
            click.echo(line, err=True)
    summary = make_masks(plan)
    if not plan.quiet:
        files = "NAME.png, NAME_masks.safetensors, NAME_masks.png"
        folder = plan.output_dir
        click.echo(f"{summary}; masks in {folder} ({files}), for camera-estimate --masks_dir {folder}")
    return summary.exit_code
