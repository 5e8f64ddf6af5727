"""What ``camera-export`` does with its plan: write every format, and tell of it."""

from __future__ import annotations

import textwrap

import click

from camera_estimation.commands.export.plan import ExportPlan
from camera_estimation.export import export_parts, exporter_registry
from camera_estimation.io import terminal_width

NAME_WIDTH = 14  # characters


def run_export(plan: ExportPlan) -> int:
    """Write every format into a folder of its name; returns the exit code. Formats, meshes and images that cannot be
    written are told, and the others are written."""
    failed = 0
    for exporter in plan.exporters:
        folder = plan.output_dir / exporter.name
        exporter.run = plan.run
        result = export_parts(exporter, plan.images, folder)
        failed += len(result.failures)
        for line in str(result).splitlines():
            click.echo(f"FAILED {exporter.name}: {line}", err=True)
        if plan.quiet or not result.cameras:
            continue
        for line in exporter.remarks:
            click.echo(f"{exporter.name}: {line}", err=True)
        many = "1 camera" if result.cameras == 1 else f"{result.cameras} cameras"
        where = str(result.files[0]) if len(result.files) == 1 else f"{folder} ({len(result.files)} files)"
        click.echo(f"{exporter.name}: {many} in {where}")
    return int(failed > 0)


def list_formats() -> str:
    """Lines about all formats: what each is for, what its options mean, what it lacks here; as wide as the terminal."""
    lines: list[str] = []
    for name, cls in exporter_registry.classes().items():
        lines += _wrap_line(cls.description, name.ljust(NAME_WIDTH))
        for key, text in cls.option_help.items():
            lines += _wrap_line(f"--option {name}.{key}=VALUE: {text}")
        lines += _wrap_line(cls.missing() or "")
    return "\n".join(lines)


def _wrap_line(text: str, head: str = "") -> list[str]:
    indent = " " * NAME_WIDTH
    return textwrap.wrap(
        text,
        terminal_width(),
        initial_indent=head or indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
