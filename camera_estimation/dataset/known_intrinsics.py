"""What is known of the cameras of images before their poses are: intrinsics and distortion, by the names of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.geometry import Distortion, Lens
from camera_estimation.io import split_frame_path

Intrinsics = tuple[float, float, float, float]
NAMES = ("fx", "fy", "cx", "cy")
GREATEST = 1e9  # pixels
ONE_PIXEL = 1.0  # by which sizes of one form differ: a picture has whole pixels


@dataclass(frozen=True)
class KnownCamera:
    """The intrinsics of a camera.

    Args:
        intrinsics: (fx, fy, cx, cy) in pixels; the first pixel's centre is at (0.5, 0.5).
        distortion: Of its lens; None for a pinhole.
        size: Width and height of the pictures that they are of, in pixels; None: it is not said.
        where: The file and the place in it, which begins messages.
    """

    intrinsics: Intrinsics
    distortion: Distortion | None = None
    size: tuple[int, int] | None = None
    where: str = field(default="intrinsics", compare=False)

    def scale_to(self, width: int, height: int) -> KnownCamera:
        """The same camera for pictures of that size.

        Raises:
            InputError: They have another form than those that it is of; one line.
        """
        if self.size is None or self.size == (width, height):
            return self
        across, down = width / self.size[0], height / self.size[1]
        if abs(self.size[0] * down - width) > ONE_PIXEL and abs(self.size[1] * across - height) > ONE_PIXEL:
            own = f"{self.size[0]} x {self.size[1]}"
            turned = ", so it was turned" if self.size == (height, width) else ", so it was cropped"
            raise InputError(
                f"{self.where} is for pictures of {own} pixels, the picture has {width} x {height}{turned}; "
                "give the intrinsics of the picture as it is"
            )
        fx, fy, cx, cy = self.intrinsics
        return replace(self, intrinsics=(fx * across, fy * down, cx * across, cy * down), size=(width, height))

    def lens(self, width: int, height: int) -> Lens | None:
        """The camera with its distortion, of pictures of that size; None for a pinhole."""
        if self.distortion is None or not self.distortion.bends:
            return None
        return Lens(self.intrinsics, self.distortion, width, height)


@dataclass(frozen=True)
class KnownIntrinsics:
    """Cameras that a file names.

    Args:
        by_name: By the names of images, which may have folders in them.
        for_all: Of every image, if the file is of one camera.
    """

    by_name: dict[str, KnownCamera] = field(default_factory=dict)
    for_all: KnownCamera | None = None

    def __bool__(self) -> bool:
        return bool(self.by_name) or self.for_all is not None

    def of(self, image_path: Path) -> KnownCamera | None:
        """The one for all; else the entry with the image's file name, else the one with its stem; of a frame of a video
        else the video's; else None. Folders in names do not count."""
        if self.for_all is not None:
            return self.for_all
        by_file, by_stem = self._cameras_of_names
        for found in (by_file.get(image_path.name), by_file.get(image_path.stem), by_stem.get(image_path.stem)):
            if found is not None and len(found) == 1:
                return next(iter(found))
        place = split_frame_path(image_path)
        return None if place is None else self.of(place[0])

    @cached_property
    def _cameras_of_names(self) -> tuple[dict[str, set[KnownCamera]], dict[str, set[KnownCamera]]]:
        """By the names of files, and by those without their endings."""
        by_file: dict[str, set[KnownCamera]] = {}
        by_stem: dict[str, set[KnownCamera]] = {}
        for key, camera in self.by_name.items():
            name = PurePosixPath(key.replace("\\", "/"))
            by_file.setdefault(name.name, set()).add(camera)
            by_stem.setdefault(name.stem, set()).add(camera)
        return by_file, by_stem


def check_intrinsics(values: Mapping[str, Any], where: str) -> Intrinsics:
    """Four numbers as intrinsics.

    Args:
        values: By ``NAMES``.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: They are not usable; one line.
    """
    for name in NAMES:
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < GREATEST:
            raise InputError(f"{where} has no usable number {name}; give {', '.join(NAMES)} in pixels")
        if name in ("fx", "fy") and value <= 0:
            raise InputError(f"{where} has {name} = {value}; a focal length is positive, in pixels")
    fx, fy, cx, cy = (float(values[name]) for name in NAMES)
    return fx, fy, cx, cy


def check_size(width: Any, height: Any, where: str) -> tuple[int, int] | None:
    """The size of pictures, None where neither is given.

    Raises:
        InputError: They are no numbers of pixels; one line.
    """
    if width is None or height is None:
        return None
    for value in (width, height):
        known = isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value < GREATEST
        if not known or value != round(value):
            raise InputError(f"{where} has {width} x {height} as its size; give width and height in whole pixels")
    return int(width), int(height)
