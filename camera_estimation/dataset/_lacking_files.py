"""Which of a run's images lack a file that others have, told before the first is estimated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.images import check_masks_dir, find_mask_file, mask_names
from camera_estimation.io import is_object


def list_cloud_folders(*folders: Path | None) -> None:
    """Ask for all names in folders of cloud storage at once, rather than for each file. Raises InputError for one that
    may not be listed."""
    for folder in folders:
        if folder is not None and is_object(folder):
            with suppress(FileNotFoundError):  # who looks for files there tells it
                folder.iterdir()


def count_masks(samples: Sequence[Sample], masks_dir: Path) -> list[str]:
    """A line about images that have no file in a folder of masks, where samples name none. Raises InputError if it is
    no folder."""
    check_masks_dir(masks_dir)
    samples = [sample for sample in _with_local_images(samples) if sample.mark.mask_path is None]
    lacking = [
        sample.image_path
        for sample in samples
        if find_mask_file(sample.image_path, None, masks_dir) is None
        and region_file(sample.image_path, masks_dir) is None
    ]
    if not lacking:
        return []
    having, names = len(samples) - len(lacking), mask_names(lacking[0], masks_dir)
    return [f"--masks_dir: a mask for {having} of {len(samples)} images; looked for {names}"]


def count_files(
    samples: Sequence[Sample], flag: str, folder: Path, file_of: Callable[[Path, Path], Path | None]
) -> list[str]:
    """A line about images for which ``file_of`` finds nothing in the folder that ``flag`` names.

    Raises InputError if it is no folder, or has nothing for any of the images.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; check {flag}")
    having = sum(file_of(folder, sample.image_path) is not None for sample in samples)
    if not having:
        raise InputError(
            f"{folder}: has no file for any of the images, such as {samples[0].image_path.stem}; check {flag}"
        )
    if having == len(samples):
        return []
    return [f"{flag}: a file for {having} of {len(samples)} images; the others do without"]


def count_region_masks(samples: Sequence[Sample], masks_dir: Path | None) -> list[str]:
    """A line about images without masks of regions, beside them or in a folder of masks."""
    samples = _with_local_images(samples)
    lacking = sum(region_file(sample.image_path, masks_dir) is None for sample in samples)
    if not lacking:
        return []
    return [
        f"{lacking} of {len(samples)} images have no region masks: semantic_cosine compares each of them as one "
        "region; camera-masks makes masks"
    ]


def _with_local_images(samples: Sequence[Sample]) -> list[Sample]:
    """Those with images on this machine: in cloud storage each would be asked for what is beside it, before the first
    sample."""
    return [sample for sample in samples if not is_object(sample.image_path)]


def region_file(image_path: Path, masks_dir: Path | None) -> Path | None:
    """The file of masks of an image's regions, beside it or in a folder of masks; None where there is none."""
    from camera_estimation.segmentation import existing_masks

    return existing_masks(image_path, masks_dir)
