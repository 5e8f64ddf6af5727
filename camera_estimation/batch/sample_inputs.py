"""What the commands that estimate cameras are asked for alike, and the samples and files that they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.batch._selection import input_remarks, select_samples
from camera_estimation.batch.example import EXAMPLE_INTRINSICS, EXAMPLE_SAMPLE
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import Box, FrameChoice, ImageSources, KnownIntrinsics, Pairing, Sample, load_intrinsics
from camera_estimation.io import copies_folder, current_limits, is_object
from camera_estimation.results import InitialPoses
from camera_estimation.segmentation import Point


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """What is asked for: ``demo`` is the packaged example, instead of samples of one's own; ``frames`` are those of
    videos, None for all.

    ``config_files`` are the files that settings are from, which messages about them name. ``remarks`` are lines about
    the request that are told with those about its inputs, before these.
    """

    config: Configuration
    config_files: Sequence[str] = ()
    input_dir: Path | None = None
    source_images_dir: Path | None = None
    pairs: Path | None = None
    masks_dir: Path | None = None
    keypoints_dir: Path | None = None
    depth_dir: Path | None = None
    frames: FrameChoice | None = None
    max_samples: int | None = None
    demo: bool = False
    intrinsics: Path | None = None
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False
    command_line: Sequence[str] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class SampleInputs:
    """The samples of a request and what is known of their images, read and checked."""

    pairing: Pairing
    samples: Sequence[Sample]
    images: ImageSources
    intrinsics: KnownIntrinsics
    lacking: Sequence[str]  # lines about what images do without

    def remarks(self, initial: InitialPoses | None = None) -> list[str]:
        """Lines about what is left out, assumed or lacking."""
        return [*input_remarks(self.pairing, self.samples, self.intrinsics, initial), *self.lacking]


def find_inputs(
    request: SampleRequest,
    regions: bool,
    boxes: Mapping[str, Box] | None = None,
    points: Mapping[str, tuple[Point, ...]] | None = None,
    needs_masks: bool = False,
) -> SampleInputs:
    """The samples and sources of a request.

    Args:
        request: Of which only the files are looked at.
        regions: Whether an objective compares regions of the images.
        boxes: Rough boxes of the objects by image name.
        points: Points on them likewise.
        needs_masks: As in ``ImageSources``.

    Raises:
        InputError: There are no samples, or a file or folder cannot be used.
    """
    if request.demo:
        pairing = Pairing((EXAMPLE_SAMPLE,))
    else:
        pairing = select_samples(request.input_dir, request.source_images_dir, request.pairs, request.frames)
    samples = pairing.samples[: request.max_samples]
    images = ImageSources(
        masks_dir=request.masks_dir,
        boxes=dict(boxes or {}),
        points=dict(points or {}),
        keypoints_dir=request.keypoints_dir,
        depth_dir=request.depth_dir,
        regions=regions,
        needs_masks=needs_masks,
    )
    file = request.intrinsics or (EXAMPLE_INTRINSICS if request.demo else None)
    intrinsics = load_intrinsics(file) if file else KnownIntrinsics()
    lacking = [*images.check(samples), *_storage_remarks(samples)]
    return SampleInputs(pairing, samples, images, intrinsics, lacking)


def _storage_remarks(samples: Sequence[Sample]) -> list[str]:
    """Where copies of objects are kept, if there are some."""
    if not any(is_object(path) for sample in samples for path in (sample.mesh_path, sample.image_path)):
        return []
    most = current_limits().storage_cache_gigabytes
    kept = f"of which up to {most:g} GB stay; it may be removed any time"
    return [f"inputs in cloud storage are copied to {copies_folder()}, {kept}"]
