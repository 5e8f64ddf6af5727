"""Archives of others: how much is in one, before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from camera_estimation.io.limits import MEGA, check_file_size, check_limit

FEWER = "pack less into it"


def check_archive(path: Path) -> None:
    """Hold what a ZIP archive says it contains against the limits; no more than it says is ever unpacked of a member.

    Args:
        path: A file that is one, whatever its name.

    Raises:
        InputError: Its members are too many, or too large together; one line.
        OSError: It cannot be read.
        zipfile.BadZipFile: It is no archive.
    """
    check_file_size(path)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    check_limit("archive_members", len(members), path, "files in its archive", FEWER)
    unpacked = sum(member.file_size for member in members) / MEGA
    check_limit("unpacked_megabytes", unpacked, path, "megabytes once it is unpacked", FEWER)
