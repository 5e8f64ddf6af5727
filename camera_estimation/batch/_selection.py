"""Which samples a run is asked for, and what to say about the files that belong to none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.dataset import (
    FrameChoice,
    KnownIntrinsics,
    Pairing,
    Sample,
    expand_videos,
    pair_by_csv,
    pair_by_name,
)
from camera_estimation.errors import InputError
from camera_estimation.results import InitialPoses

NAMED_AT_MOST = 5


def select_samples(
    input_dir: Path | None, source_images_dir: Path | None, pairs_csv: Path | None, frames: FrameChoice | None
) -> Pairing:
    """As ``select_pairs``, with the frames of videos that are meant in the place of videos. Raises InputError."""
    return expand_videos(select_pairs(input_dir, source_images_dir, pairs_csv), frames, source_images_dir)


def select_pairs(input_dir: Path | None, source_images_dir: Path | None, pairs_csv: Path | None) -> Pairing:
    """The pairs of a CSV file, if one is given, or of two folders.

    Raises:
        InputError: There are none; tells what was found.
    """
    if pairs_csv is not None:
        return pair_by_csv(pairs_csv)
    if input_dir is None:
        raise InputError("neither a folder of meshes nor a table of pairs is given")
    pairing = pair_by_name(input_dir, source_images_dir)
    if not pairing.samples:
        meshes = _some_of("mesh", "meshes", pairing.meshes_without_image)
        images = _some_of("image", "images", pairing.images_without_mesh)
        raise InputError(
            f"no mesh has an image of its name: found {meshes} and {images}; rename them or list them in "
            "--pairs FILE.csv"
        )
    return pairing


def input_remarks(
    pairing: Pairing, samples: Sequence[Sample], intrinsics: KnownIntrinsics, initial: InitialPoses | None = None
) -> list[str]:
    """Lines about files without a partner and images that given files of intrinsics or of poses do not name."""
    lines = list(pairing.remarks)
    lines += [f"no image for {mesh}: skipped" for mesh in pairing.meshes_without_image]
    lines += [f"no mesh for {image}: skipped" for image in pairing.images_without_mesh]
    lines += [f"{mesh} left out: {taken.name} is taken" for mesh, taken in pairing.other_formats]
    unknown = [
        sample.image_path
        for sample in samples
        if intrinsics and sample.intrinsics is None and intrinsics.of(sample.image_path) is None
    ]
    if unknown:
        lines.append(f"no intrinsics for {_some_of('image', 'images', unknown)}: the field of view is not known")
    unplaced = [sample.image_path for sample in samples if initial is not None and initial.of(sample) is None]
    if unplaced:
        lines.append(f"no initial pose for {_some_of('image', 'images', unplaced)}: searched")
    if len(samples) < len(pairing.samples):
        lines.append(f"the first {len(samples)} of {len(pairing.samples)} samples (--max_samples)")
    return lines


def _some_of(one: str, many: str, paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:NAMED_AT_MOST])
    more = ", ..." if len(paths) > NAMED_AT_MOST else ""
    return f"{len(paths)} {one if len(paths) == 1 else many} ({names}{more})"
