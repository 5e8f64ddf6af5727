"""Download the weights of perceptual networks."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import check_archive
from camera_estimation.weights.files import WeightFile, missing_files, parse_spec, weight_files

CHECKSUMS = "checksums.json"  # beside the files: name -> url, bytes, sha256
_CHUNK = 1 << 20
_TIMEOUT = 30  # seconds without a byte
_RETRIES = 2  # of a download that breaks off


def fetch(networks: Iterable[str], progress: bool = True) -> list[Path]:
    """Download what is missing of each network.

    A file is either whole or not there. An archive that was put in its place by hand is unpacked instead of downloaded,
    and what was put there by hand is checked and recorded as what is downloaded is.

    Args:
        networks: Such as "lpips", "lpips:alex", "dreamsim:dino_vitb16".
        progress: Whether to show a bar for each file.

    Returns:
        The paths of what was downloaded or unpacked.

    Raises:
        InputError: An unknown network or a damaged file; with the URL and the place, a file that cannot be downloaded.
    """
    variants = [parse_spec(spec) for spec in networks]
    lacking = dict.fromkeys(file for variant in variants for file in missing_files(*variant))
    for file in dict.fromkeys(file for variant in variants for file in weight_files(*variant)):
        if file not in lacking and file.path.is_file() and file.name not in _read_records(file):
            _adopt_file(file)
    fetched = []
    for file in lacking:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _fetch_file(file, progress)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{file.url}: cannot be fetched ({_root_cause(error)}); download it by other means, "
                f"put it at {file.path} and run this command again"
            ) from error
        fetched.append(file.path)
    return fetched


def _fetch_file(file: WeightFile, progress: bool) -> None:
    if file.path.is_file():
        _adopt_file(file)
    else:
        _download(file, progress)
    if file.members:
        _unpack(file)
        file.path.unlink()


def _download(file: WeightFile, progress: bool) -> None:
    import logging

    import pooch
    from tqdm import tqdm

    def download(url: str, output: str, manager: pooch.Pooch) -> None:
        # A bar whose total is not known has no truth value, which pooch asks for; it sets the total itself. The least
        # delay shows no bar before there is something to count.
        with tqdm(
            total=1, unit="B", unit_scale=True, desc=file.name, disable=not progress, leave=False, delay=1e-9
        ) as bar:
            uncompressed = {"Accept-Encoding": "identity"}
            request = pooch.HTTPDownloader(bar, chunk_size=_CHUNK, timeout=_TIMEOUT, headers=uncompressed)
            request(url, output, manager)
            received = os.path.getsize(output)
            if bar.total and received != bar.total:  # older versions of urllib3 do not look
                raise ValueError(f"the connection ended after {received} of {bar.total} bytes")

    pooch.get_logger().setLevel(logging.ERROR)  # the command tells what was fetched
    with tempfile.TemporaryDirectory(dir=file.path.parent, prefix=".download-") as folder:
        downloads = pooch.create(
            path=folder,
            base_url="",
            registry={file.name: None},
            urls={file.name: file.url},
            retry_if_failed=_RETRIES,
        )
        partial = Path(downloads.fetch(file.name, downloader=download))
        sha256 = pooch.file_hash(str(partial))
        _check_sha256(file, sha256)
        size = partial.stat().st_size
        os.replace(partial, file.path)
    _record(file, size, sha256)


def _adopt_file(file: WeightFile) -> None:
    """Check and record a file that somebody put in its place."""
    import pooch

    sha256 = pooch.file_hash(str(file.path))
    try:
        _check_sha256(file, sha256)
    except ValueError as error:
        if not _holds_trunk(file):
            raise InputError(f"{file.path}: {error}; delete it and run this command again") from error
    _record(file, file.path.stat().st_size, sha256)


def _holds_trunk(file: WeightFile) -> bool:
    """Whether all is there that LPIPS needs of a classifier, of whose whole the name has the checksum."""
    if not file.lpips_net:
        return False
    from camera_estimation.weights.lpips_trunks import holds_lpips_trunk

    return holds_lpips_trunk(file.path, file.lpips_net)


def _check_sha256(file: WeightFile, sha256: str) -> None:
    if not sha256.startswith(file.sha256):
        raise ValueError(f"damaged: its checksum starts with {sha256[:8]}")


def _root_cause(error: BaseException) -> BaseException:
    """The system's error behind one of the libraries that speak HTTP, which wrap one another's in lengthening words."""
    cause, behind = error, error.__cause__ or error.__context__
    while behind is not None:
        cause, behind = behind if isinstance(behind, OSError) else cause, behind.__cause__ or behind.__context__
    return cause


def _unpack(file: WeightFile) -> None:
    target = file.path.parent
    with tempfile.TemporaryDirectory(dir=target, prefix=".unpack-") as folder:
        unpacked = Path(folder)
        _unpack_members(file.path, unpacked)
        lost = [member for member in file.members if not (unpacked / member).exists()]
        if lost:
            raise ValueError(f"the archive has no {lost[0]}")
        for entry in unpacked.iterdir():
            place = target / entry.name
            if place.is_dir():
                shutil.rmtree(place)
            os.replace(entry, place)


def _unpack_members(archive_path: Path, folder: Path) -> None:
    """Raises ValueError for a member that would lie outside of the folder, and what is beyond the limits."""
    check_archive(archive_path)
    with zipfile.ZipFile(archive_path) as archive:
        for member in archive.infolist():
            place = folder / member.filename
            if not place.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"the archive has {member.filename[:80]}, which leads out of its folder")
            if member.is_dir():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as stream, place.open("wb") as copy:
                shutil.copyfileobj(stream, copy)


def _read_records(file: WeightFile) -> dict[str, dict[str, Any]]:
    path = file.path.parent / CHECKSUMS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _record(file: WeightFile, size: int, sha256: str) -> None:
    recorded = {**_read_records(file), file.name: {"url": file.url, "bytes": size, "sha256": sha256}}
    path = file.path.parent / CHECKSUMS
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)
