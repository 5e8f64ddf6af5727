"""Results of workers on other machines, written into the output folder of the run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from camera_estimation.commands.estimate.executors._sent_files import ReturnedSample
from camera_estimation.commands.estimate.work import WorkedSample
from camera_estimation.commands.estimate.work_queue import WorkPiece, WorkQueue
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.io import is_disk_full, write_bytes

FORBIDDEN = re.compile(r"[\0\\:]")  # in names of files


def keep_files(returned: ReturnedSample, piece: WorkPiece, output_dir: Path, queue: WorkQueue) -> WorkedSample:
    """Write the files of a sample in the place of those of an earlier run.

    Args:
        returned: As it came back.
        piece: That it is of.
        output_dir: Of the run.
        queue: Says how a sample fails whose files cannot be written.

    Returns:
        The sample as the run has it.
    """
    name = returned.worked.outcome.sample.name
    sample = next(each for each in piece.samples if each.name == name)
    outcome = replace(returned.worked.outcome, sample=sample)
    try:
        _write_files(returned, sample, output_dir)
    except InputError as error:
        failed = queue.fail(sample, str(error))
        outcome = replace(failed, disk_full=is_disk_full(error))
    return replace(returned.worked, outcome=outcome)


def _write_files(returned: ReturnedSample, sample: Sample, output_dir: Path) -> None:
    from camera_estimation.convergence import remove_basin
    from camera_estimation.results import clear_sample, sample_folder

    folder = sample_folder(output_dir, sample.name)
    remove_basin(folder)
    clear_sample(folder)
    for name, content in returned.files:
        write_bytes(_check_place(name, folder, output_dir), content)


def _check_place(name: str, folder: Path, output_dir: Path) -> Path:
    """The path of a file; raises InputError if it is none below the sample's folder."""
    path = output_dir / name
    parts = name.split("/")
    if FORBIDDEN.search(name) or any(part in ("", ".", "..") for part in parts) or folder not in path.parents:
        raise InputError(
            f"a worker gave back a file called {name[:80]!r}, which is not in {folder}: is it a stranger's?"
        )
    return path
