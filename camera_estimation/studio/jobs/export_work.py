"""Work that writes results for other programs, as one file to take away."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.export import RunContext, create_exporter, export_parts

if TYPE_CHECKING:
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import Workplace
    from camera_estimation.studio.shelf import Subject

EXPORTS = "export"
MACHINE_OPTIONS = ("program", "ids")  # which mean a program that would be run, or a file that would be read


def export_results(
    job: Job, place: Workplace, subjects: Sequence[Subject], name: str, options: Mapping[str, str]
) -> Path:
    """Write results in one format.

    Args:
        job: Tells what the format leaves out.
        place: Where it is done.
        subjects: Samples; those without a result are left out.
        name: Of the format.
        options: Of the format.

    Returns:
        The file, or a ZIP archive of several.

    Raises:
        InputError: None has a result, or the format cannot hold them.
    """
    finished = [subject for subject in subjects if subject.entry is not None]
    if not finished:
        raise InputError("there is no result to take away; estimate something first")
    _check_options(name, options)
    job.report(name, None)
    exporter = create_exporter(name, **options)
    run = place.session.run_folder
    exporter.run = RunContext(
        run, [subject.entry for subject in finished if subject.entry is not None], _run_record(run)
    )
    folder = place.session.options.output_dir / EXPORTS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = export_parts(exporter, [place.image(subject) for subject in finished], folder)
    job.check()
    if not result.files:
        raise InputError(str(result) or f"{name}: there was nothing to write")
    for line in (*exporter.remarks, *str(result).splitlines()):
        job.remark(f"{name}: {line}")
    return _one_file(folder, result.files, name)


def _one_file(folder: Path, files: Sequence[Path], name: str) -> Path:
    if len(files) == 1:
        return files[0]
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.write(path, Path(name) / path.relative_to(folder))
    return archive


def _run_record(run: Path) -> dict[str, Any]:
    try:
        found = json.loads((run / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _check_options(name: str, options: Mapping[str, str]) -> None:
    """Raises InputError for values that mean files or programs of this machine."""
    for key, value in options.items():
        if key in MACHINE_OPTIONS or "/" in value or "\\" in value:
            raise InputError(f"{name}.{key}: means a file of this machine; give it to camera-export --option instead")
