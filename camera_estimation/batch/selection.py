"""Which samples a run is asked for, and what to say about the files that belong to none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.batch import demo
from camera_estimation.dataset import Intrinsics, Pairing, Sample, intrinsics_of, pair_by_csv, pair_by_name
from camera_estimation.errors import InputError
from camera_estimation.mesh import mesh_suffixes
from camera_estimation.results import InitialPoses

NAMED_AT_MOST = 5


def pairing_of_request(
    input_dir: Path | None, source_images_dir: Path | None, pairs_csv: Path | None, demonstrated: bool
) -> Pairing:
    """As ``select_pairs``, or the packaged example. Raises InputError where both are asked for."""
    if not demonstrated:
        return select_pairs(input_dir, source_images_dir, pairs_csv)
    if input_dir or source_images_dir or pairs_csv:
        raise InputError(
            "--demo brings its own mesh and image: leave --input_dir, --source_images_dir and --pairs away"
        )
    return Pairing((demo.SAMPLE,))


def select_pairs(input_dir: Path | None, source_images_dir: Path | None, pairs_csv: Path | None) -> Pairing:
    """The pairs of a CSV file or of two folders. Raises InputError if there are none, saying what was found."""
    if pairs_csv is not None:
        if input_dir is not None or source_images_dir is not None:
            raise InputError("--pairs names its own files: leave --input_dir and --source_images_dir away")
        return pair_by_csv(pairs_csv)
    if input_dir is None:
        kinds = " or ".join(mesh_suffixes())
        raise InputError(
            f"give --input_dir (a folder of {kinds} files, or one) or --pairs FILE.csv; -h shows all flags"
        )
    pairing = pair_by_name(input_dir, source_images_dir)
    if not pairing.samples:
        raise InputError(
            f"no mesh has an image of its name: found {_some_of('mesh', 'meshes', pairing.meshes_without_image)} and "
            f"{_some_of('image', 'images', pairing.images_without_mesh)}; rename them or list them in --pairs FILE.csv"
        )
    return pairing


def input_remarks(
    pairing: Pairing, samples: Sequence[Sample], intrinsics: dict[str, Intrinsics], initial: InitialPoses | None = None
) -> list[str]:
    """Lines about files without a partner and images that given files of intrinsics or of poses do not name."""
    lines = [f"no image for {mesh}: skipped" for mesh in pairing.meshes_without_image]
    lines += [f"no mesh for {image}: skipped" for image in pairing.images_without_mesh]
    unknown = [sample.image_path for sample in samples if intrinsics_of(intrinsics, sample.image_path) is None]
    if intrinsics and unknown:
        lines.append(f"no intrinsics for {_some_of('image', 'images', unknown)}: the field of view is assumed")
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
