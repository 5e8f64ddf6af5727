"""What the commands that estimate cameras are asked for alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.batch import demo
from camera_estimation.batch.selection import pairing_of_request
from camera_estimation.dataset import Box, ImageSources, Intrinsics, Pairing, load_intrinsics


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """The command line in words. ``settings`` is a nested dict of configuration; None in it was not asked for."""

    input_dir: Path | None = None
    source_images_dir: Path | None = None
    pairs: Path | None = None
    masks_dir: Path | None = None
    keypoints_dir: Path | None = None
    depth_dir: Path | None = None
    max_samples: int | None = None
    demo: bool = False
    model: str | None = None
    preset: str | None = None
    intrinsics: Path | None = None
    settings: dict[str, Any] | None = None
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False
    command_line: Sequence[str] = ()

    def pairing(self) -> Pairing:
        """Raises InputError if there are no samples."""
        return pairing_of_request(self.input_dir, self.source_images_dir, self.pairs, self.demo)

    def known_intrinsics(self) -> dict[str, Intrinsics]:
        """By image name. Raises InputError."""
        file = self.intrinsics or (demo.INTRINSICS_FILE if self.demo else None)
        return load_intrinsics(file) if file else {}

    def images(self, regions: bool, boxes: dict[str, Box] | None = None) -> ImageSources:
        """``regions``: an objective compares them."""
        return ImageSources(self.masks_dir, boxes or {}, self.keypoints_dir, self.depth_dir, regions)
