"""What ``camera-export`` does with its plan: write every format, and tell of it."""

from __future__ import annotations

import click

from camera_estimation.commands.export.plan import ExportPlan
from camera_estimation.errors import InputError
from camera_estimation.export import export_images, exporter_registry

NAME_WIDTH = 14  # characters


def run_export(plan: ExportPlan) -> int:
    """Write every format into a folder of its name; returns the exit code. One that cannot be written is told, and the
    others are written."""
    failed = 0
    for exporter in plan.exporters:
        folder = plan.output_dir / exporter.name
        exporter.run = plan.run
        try:
            files = export_images(exporter, plan.images, folder)
        except InputError as error:
            failed += 1
            click.echo(f"FAILED {exporter.name}: {error}", err=True)
            continue
        if not plan.quiet:
            for line in exporter.remarks:
                click.echo(f"{exporter.name}: {line}", err=True)
            many = "1 camera" if len(plan.images) == 1 else f"{len(plan.images)} cameras"
            where = str(files[0]) if len(files) == 1 else f"{folder} ({len(files)} files)"
            click.echo(f"{exporter.name}: {many} in {where}")
    return int(failed > 0)


def list_formats() -> str:
    """Lines about all formats: what each is for, what its options mean, what it lacks here."""
    lines = []
    for name, cls in exporter_registry.classes().items():
        lines.append(f"{name.ljust(NAME_WIDTH)}{cls.description}")
        for key, text in cls.option_help.items():
            lines.append(f"{'':{NAME_WIDTH}}--option {name}.{key}=VALUE: {text}")
        lacking = cls.missing()
        lines += [f"{'':{NAME_WIDTH}}{lacking}"] if lacking else []
    return "\n".join(lines)
