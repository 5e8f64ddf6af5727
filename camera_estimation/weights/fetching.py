"""Download the weights of perceptual networks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from camera_estimation.errors import InputError
from camera_estimation.weights.files import WeightFile, missing_files, parse_spec, weight_files

CHECKSUMS = "checksums.json"  # beside the files: name -> url, bytes, sha256
_CHUNK = 1 << 20
_TIMEOUT = 30  # seconds without a byte


def fetch(networks: Iterable[str], progress: bool = True) -> list[Path]:
    """Download what is missing of each network ("lpips", "lpips:alex", "dreamsim:dino_vitb16") and return the paths.

    A file is either whole or not there. An archive that was put in its place by hand is unpacked instead of downloaded,
    and what was put there by hand is checked and recorded as what is downloaded is.
    Raises InputError for an unknown network or a damaged file, and with the URL and the place for a file that cannot be
    downloaded.
    """
    variants = [parse_spec(spec) for spec in networks]
    lacking = dict.fromkeys(file for variant in variants for file in missing_files(*variant))
    for file in dict.fromkeys(file for variant in variants for file in weight_files(*variant)):
        if file not in lacking and file.path.is_file() and file.name not in _recorded(file):
            _adopt(file)
    fetched = []
    for file in lacking:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _fetch_file(file, progress)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{file.url}: cannot be fetched ({error}); download it by other means, "
                f"put it at {file.path} and run this command again"
            ) from error
        fetched.append(file.path)
    return fetched


def _fetch_file(file: WeightFile, progress: bool) -> None:
    if file.path.is_file():
        _adopt(file)
    else:
        _download(file, progress)
    if file.members:
        _unpack(file)
        file.path.unlink()


def _download(file: WeightFile, progress: bool) -> None:
    from tqdm import tqdm

    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=file.path.parent, prefix=".download-") as folder:
        partial = Path(folder) / file.name
        with urlopen(file.url, timeout=_TIMEOUT) as response, partial.open("wb") as output:
            total = int(response.headers.get("Content-Length") or 0)
            with tqdm(
                total=total or None, unit="B", unit_scale=True, desc=file.name, disable=not progress, leave=False
            ) as bar:
                while chunk := response.read(_CHUNK):
                    output.write(chunk)
                    digest.update(chunk)
                    bar.update(len(chunk))
        received = partial.stat().st_size
        if total and received != total:
            raise OSError(f"the connection ended after {received} of {total} bytes")
        _check_name(file.name, digest.hexdigest())
        os.replace(partial, file.path)
    _record(file, received, digest.hexdigest())


def _adopt(file: WeightFile) -> None:
    """Check and record a file that somebody put in its place."""
    digest = hashlib.sha256()
    with file.path.open("rb") as contents:
        while chunk := contents.read(_CHUNK):
            digest.update(chunk)
    try:
        _check_name(file.name, digest.hexdigest())
    except ValueError as error:
        raise InputError(f"{file.path}: {error}; delete it and run this command again") from error
    _record(file, file.path.stat().st_size, digest.hexdigest())


def _check_name(name: str, sha256: str) -> None:
    """PyTorch's own files carry the start of their checksum in their names: vgg16-397923af.pth."""
    stem, _, start = Path(name).stem.rpartition("-")
    if stem and not sha256.startswith(start):
        raise ValueError(f"damaged: its checksum starts with {sha256[: len(start)]}")


def _unpack(file: WeightFile) -> None:
    target = file.path.parent
    with tempfile.TemporaryDirectory(dir=target, prefix=".unpack-") as folder:
        with zipfile.ZipFile(file.path) as archive:
            archive.extractall(folder)
        unpacked = Path(folder)
        lost = [member for member in file.members if not (unpacked / member).exists()]
        if lost:
            raise ValueError(f"the archive has no {lost[0]}")
        for entry in unpacked.iterdir():
            place = target / entry.name
            if place.is_dir():
                shutil.rmtree(place)
            os.replace(entry, place)


def _recorded(file: WeightFile) -> dict[str, dict[str, Any]]:
    path = file.path.parent / CHECKSUMS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _record(file: WeightFile, size: int, sha256: str) -> None:
    recorded = {**_recorded(file), file.name: {"url": file.url, "bytes": size, "sha256": sha256}}
    path = file.path.parent / CHECKSUMS
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)
