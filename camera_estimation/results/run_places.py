"""What the folders of samples are called, beside the files of the run."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.dataset import is_safe_name
from camera_estimation.errors import InputError
from camera_estimation.results.joint_file import JOINT_NAME
from camera_estimation.results.pose_file import CSV_NAME, LONGEST_SHOWN, POSES_NAME, SMOOTHED_NAME
from camera_estimation.results.pose_journal import FAILURES_NAME, JOURNAL_NAME
from camera_estimation.results.run_record import RUN_NAME

# Of the run, beside those that every run has: what records/ and convergence/ write into its folder.
RUN_FILES = ("log.txt", "history.xlsx", "basin.png", "basin.pdf", "basin.svg")
REPORT_NAME = "report.html"  # the run to look at
FOLDERS_OWN = (".", "..")  # what every folder has
SHARD_NAME = "shard.json"  # of a run that is a part of another
EXPORT_FOLDER = "export"  # of a run: what its cameras were written as, a folder a format

TAKEN_NAMES = {
    *(*FOLDERS_OWN, JOINT_NAME, POSES_NAME, CSV_NAME, SMOOTHED_NAME, JOURNAL_NAME, FAILURES_NAME, RUN_NAME),
    *(REPORT_NAME, EXPORT_FOLDER, SHARD_NAME, *RUN_FILES),
}


def sample_folder(output_dir: Path, name: str) -> Path:
    """The folder of the sample ``name``, which an image may have given a name that means something else here.

    Raises:
        InputError: The name leads out of the folder of the run, as one of a file that others wrote may.
    """
    if name not in FOLDERS_OWN and not is_safe_name(name):
        raise InputError(f"{output_dir}: a sample cannot be named {name[:LONGEST_SHOWN]!r}; estimate it again")
    return output_dir / (f"sample_{name}" if name in TAKEN_NAMES else name)
