"""The exporter of sequence.mp4: the frames of a sequence beside the mesh drawn over them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8
    from PIL import Image

FILE_NAME = "sequence.mp4"
USUAL_RATE = 12.0  # frames a second, where the frames tell no time
LONGEST_SIDE = 960  # pixels of a frame; two stand side by side
RATE_BOUNDS = (0.1, 240.0)
AHEAD = 4  # frames


@exporter_registry.register("video")
class VideoExporter(Exporter):
    """Sequences as they were estimated: source and overlay side by side."""

    description = f"{FILE_NAME}: the frames of a sequence, source and overlay side by side"
    needed_pictures = ("overlay.png",)
    option_help: ClassVar[Mapping[str, str]] = {"fps": "frames a second; without it those of the video, or 12"}

    @classmethod
    def missing(cls) -> str | None:
        from camera_estimation.io import missing_for_videos

        return missing_for_videos()

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export.sequences import find_sequences
        from camera_estimation.io import video_bytes, write_bytes

        rate = self._rate()
        sequences = find_sequences([image.entry for image in images]) if all(image.entry for image in images) else []
        if not sequences:
            raise InputError(
                "the run has no sequence; give frames of a video, or estimate consecutive images with --sequence"
            )
        paths = []
        for number, places in enumerate(sequences, start=1):
            frames = [images[place] for place in places]
            path = folder / (FILE_NAME if number == 1 else f"sequence_{number}.mp4")
            write_bytes(path, video_bytes(_read_ahead(_side_by_side(frames)), rate or _rate_of(frames)))
            paths.append(path)
        return paths

    def _rate(self) -> float | None:
        text = self.options.get("fps")
        if text is None:
            return None
        try:
            rate = float(text)
        except ValueError:
            rate = 0.0
        if not RATE_BOUNDS[0] <= rate <= RATE_BOUNDS[1]:
            low, high = RATE_BOUNDS
            raise InputError(f"--option video.fps={text}: give frames a second from {low:g} to {high:g}")
        return rate


def _rate_of(frames: Sequence[PosedImage]) -> float:
    """Of a video's frames, by their times, those that were left out too; of others the usual one."""
    times = [image.entry.get("time_s") for image in frames]
    known = [time for time in times if time is not None]
    intervals = [after - before for before, after in pairwise(known) if after > before]
    if len(known) < len(frames) or not intervals:
        return USUAL_RATE
    return min(max(1 / median(intervals), RATE_BOUNDS[0]), RATE_BOUNDS[1])


def _read_ahead(frames: Iterator[UInt8[np.ndarray, "H W 3"]]) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
    """The same frames, made in a thread of their own while earlier ones are encoded."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting = deque(reader.submit(next, frames, None) for _ in range(AHEAD))
        while (frame := waiting.popleft().result()) is not None:
            waiting.append(reader.submit(next, frames, None))
            yield frame


def _side_by_side(frames: Sequence[PosedImage]) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
    """Every frame in the size of the first, smaller ones on black."""
    import numpy as np
    from PIL import Image

    size: tuple[int, int] | None = None
    for image in frames:
        source, overlay = _read_pair(image)
        if size is None:
            scale = min(1.0, LONGEST_SIDE / max(overlay.size))
            size = (max(2, round(scale * overlay.width)), max(2, round(scale * overlay.height)))
        sheet = Image.new("RGB", (2 * size[0], size[1]))
        for place, picture in enumerate((source, overlay)):
            share = min(size[0] / picture.width, size[1] / picture.height)
            fitted = (max(1, round(share * picture.width)), max(1, round(share * picture.height)))
            shown = picture if fitted == picture.size else picture.resize(fitted, reducing_gap=2.0)
            sheet.paste(shown, (place * size[0] + (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2))
        yield np.asarray(sheet)


def _read_pair(image: PosedImage) -> tuple[Image.Image, Image.Image]:
    """The picture as people see it, and overlay.png."""
    import numpy as np
    from PIL import Image

    from camera_estimation.images import read_upright
    from camera_estimation.io import open_picture
    from camera_estimation.visualization import over_background

    path = (image.sample_folder or Path()) / "overlay.png"
    try:
        with open_picture(path) as opened:
            overlay = opened.convert("RGB")
    except Exception as error:  # whatever Pillow raises
        raise InputError(f"{path}: cannot be read; estimate {image.name} again") from error
    rgba = read_upright(image.image_path)
    rgb = np.ascontiguousarray(rgba[..., :3])
    return Image.fromarray(rgb if rgba[..., 3].min() == 255 else over_background(rgb, rgba[..., 3])), overlay
