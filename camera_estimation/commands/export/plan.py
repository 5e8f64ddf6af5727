"""What a run of ``camera-export`` is to do, read and checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.export import Exporter, PosedImage, RunContext, create_exporter
from camera_estimation.results import EXPORT_FOLDER, read_posed_images, read_run_context


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """What is asked for.

    Args:
        run: An output folder, or the poses.json in it.
        formats: Names of exporters.
        options: FORMAT.KEY=VALUE each.
        output_dir: Where files go; None: the folder ``export`` of the run.
        quiet: Nothing is told but errors.
    """

    run: Path
    formats: Sequence[str]
    options: Sequence[str] = ()
    output_dir: Path | None = None
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class ExportPlan:
    """All that an export needs."""

    images: Sequence[PosedImage]
    exporters: Sequence[Exporter]
    output_dir: Path
    run: RunContext | None = None
    quiet: bool = False


def plan_export(request: ExportRequest) -> ExportPlan:
    """The plan of an export.

    Raises:
        InputError: The run cannot be read, a format is unknown, or what it needs is not installed.
    """
    exporters = prepare_exporters(request.formats, request.options)
    folder = request.run if request.run.is_dir() else request.run.parent
    return ExportPlan(
        images=read_posed_images(request.run),
        exporters=exporters,
        output_dir=request.output_dir or folder / EXPORT_FOLDER,
        run=read_run_context(request.run),
        quiet=request.quiet,
    )


def prepare_exporters(formats: Sequence[str], options: Sequence[str] = ()) -> list[Exporter]:
    """Exporters by name, each once.

    Args:
        formats: Names.
        options: FORMAT.KEY=VALUE each.

    Raises:
        InputError: A format is unknown, or what it needs is not installed; an option is none, or of no format that is
            asked for.
    """
    by_format: dict[str, dict[str, str]] = {name: {} for name in formats}
    for option in options:
        path, equals, value = option.partition("=")
        name, _, key = path.partition(".")
        if not equals or not key:
            raise InputError(f"--option {option}: give FORMAT.KEY=VALUE")
        if name not in by_format:
            raise InputError(f"--option {option}: '{name}' is not among the formats that are asked for; name it too")
        by_format[name][key] = value
    return [create_exporter(name, **chosen) for name, chosen in by_format.items()]
