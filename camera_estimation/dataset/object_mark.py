"""Which of the objects in an image a sample is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.segmentation import Box


@dataclass(frozen=True)
class ObjectMark:
    """What tells an object from the others in its image.

    Args:
        mask_path: Its mask, or the masks of all objects; None: what belongs to the image by name.
        instance: Of masks of all objects its number, or the id of its annotation; "": the mask is of one object.
        box: Left, top, right and bottom of a rough box, in pixels; None: none is given.
    """

    mask_path: Path | None = None
    instance: str = ""
    box: Box | None = None

    def __bool__(self) -> bool:
        return self != UNMARKED

    def values(self) -> dict[str, Any] | None:
        """As poses.json has it; None for no mark."""
        if not self:
            return None
        return {
            "mask": None if self.mask_path is None else self.mask_path.as_posix(),
            "instance": self.instance or None,
            "box": None if self.box is None else list(self.box),
        }

    def sorting_key(self) -> str:
        """By which marks of one image come in the same order in every run."""
        box = "" if self.box is None else " ".join(f"{side:014.4f}" for side in self.box)
        return "\n".join(("" if self.mask_path is None else self.mask_path.as_posix(), self.instance, box))


UNMARKED = ObjectMark()  # the only object of its image
