"""Frames of video files, decoded when they are asked for."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.io.limits import check_limit
from camera_estimation.io.picture_file import orient
from camera_estimation.io.video_paths import file_version, split_frame_path

COPY_AGAIN = "copy it again, or save it as MP4"
# EXIF's orientations by the signs of a, b, c, d of a display matrix, of which x' = a x + c y and y' = b x + d y.
ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
# Other formats of FFmpeg are lists of further files, on the web or on this machine.
FORMATS = "mov,mp4,matroska,webm,avi,gif,mpegts,mpeg,flv,asf,ogg,h264,hevc,mpegvideo,m4v"
SAFE_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
SHORTER = "cut it into parts"
MEGA, HOUR = 1_000_000, 3600  # seconds
READERS_KEPT = 2  # videos that stay open


@dataclass(frozen=True)
class VideoIndex:
    """What is in a video, without decoding it.

    Args:
        stamps: Of the frames in the order in which they are shown, in units of ``time_base``.
        keys: Those at which decoding can begin.
        time_base: Seconds.
        announced: How many frames the file says it has; 0 where it does not say.
        duration: Seconds that the file says it lasts, with its sound; 0 where it does not say.
        damaged: Whether packets are cut off or lost.
        pixel_aspect: Width of a pixel over its height.
    """

    stamps: tuple[int, ...]
    keys: tuple[int, ...]
    time_base: Fraction
    announced: int
    duration: float
    damaged: bool
    pixel_aspect: Fraction

    def time_of(self, number: int) -> float:
        """Seconds from the first frame to that of the number."""
        return float((self.stamps[number] - self.stamps[0]) * self.time_base)


def index_video(path: Path) -> VideoIndex:
    """The frames of a video.

    Raises:
        InputError: It cannot be read, has no frames, or PyAV is not installed; one line.
    """
    return _index(*file_version(path))


def read_frame(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """A frame of a video as RGBA, turned as the video says; pixels that are no squares are made so.

    One frame after the other is fast; others are reached from the last key frame before them.

    Args:
        path: Of a frame, as ``frame_path`` gives it.

    Raises:
        InputError: There is no such frame, it is damaged, or the video cannot be read; one line.
    """
    place = split_frame_path(path)
    if place is None:
        raise InputError(f"{path}: is no frame of a video; check the path")
    video, number = place
    index = index_video(video)
    if number >= len(index.stamps):
        raise InputError(f"{video}: has no frame {number}; its frames are 0 to {len(index.stamps) - 1}")
    frame = _reader(*file_version(video)).find(index.stamps[number])
    if frame is None:
        raise InputError(f"{video}: frame {number} is damaged; the others can be used")
    import av

    try:
        return _upright_pixels(frame, index.pixel_aspect, video)
    except av.error.FFmpegError as error:  # of sizes and kinds of pixels that nothing turns into colors
        raise InputError(f"{video}: frame {number} is damaged; the others can be used") from error


class _Reader:
    """An open video, which knows where it is."""

    def __init__(self, path: Path, index: VideoIndex) -> None:
        self.path, self.index = path, index
        self._open()

    def find(self, stamp: int) -> Any | None:
        """The frame of a stamp; None where it cannot be decoded."""
        import av

        key = self.index.keys[max(0, bisect_right(self.index.keys, stamp) - 1)]
        if self._at is not None and key <= self._at < stamp:
            return self._advance(stamp)
        try:
            self._container.seek(key, stream=self._stream)
            self._begin()
            found = self._advance(stamp)
        except av.error.FFmpegError:  # of containers whose own table of places is damaged
            self._open()
            return None
        if found is None and self._first is not None and self._first > stamp:  # containers whose seeking is inexact
            self._open()
            found = self._advance(stamp)
        return found

    def _open(self) -> None:
        self._container = _open_container(self.path)
        self._stream = self._container.streams.best("video")
        self._begin()

    def _begin(self) -> None:
        self._at: int | None = None  # stamp of the last frame that was decoded
        self._first: int | None = None
        self._frames = self._decode()

    def _advance(self, stamp: int) -> Any | None:
        for frame, sound in self._frames:
            self._at = frame.pts
            self._first = frame.pts if self._first is None else self._first
            if frame.pts >= stamp:
                return frame if frame.pts == stamp and sound else None
        return None

    def _decode(self) -> Iterator[tuple[Any, bool]]:
        """Frames, and whether they are sound: decoders make up what they cannot read, until the next key frame."""
        import av

        lost: int | None = None  # stamp from which frames are not what they were
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                lost = packet.pts if lost is None else lost
                continue
            for frame in frames:
                if frame.pts is None:
                    continue
                if frame.is_corrupt:
                    lost = frame.pts if lost is None else min(lost, frame.pts)
                elif lost is not None and frame.key_frame and frame.pts > lost:
                    lost = None
                yield frame, lost is None or frame.pts < lost


@lru_cache(maxsize=READERS_KEPT)
def _reader(path: Path, modified: int, size: int) -> _Reader:
    return _Reader(path, _index(path, modified, size))


@lru_cache(maxsize=READERS_KEPT)
def _index(path: Path, modified: int, size: int) -> VideoIndex:
    import av

    with _open_container(path) as container:
        stream = container.streams.best("video")
        packets: list[tuple[int, bool]] = []
        damaged = False
        try:
            for packet in container.demux(stream):
                damaged = damaged or packet.is_corrupt
                check_limit("video_frames", len(packets), path, "frames", SHORTER)
                if packet.pts is not None and packet.size and not packet.is_discard and not packet.is_corrupt:
                    packets.append((packet.pts, packet.is_keyframe))
        except av.error.FFmpegError:
            damaged = True
        stamps = sorted({stamp for stamp, _ in packets})
        keys = sorted({stamp for stamp, is_key in packets if is_key})
        if not stamps or not keys:
            raise InputError(f"{path}: has no frame that can be read; {COPY_AGAIN}")
        aspect = stream.sample_aspect_ratio or Fraction(1)
        duration = float((container.duration or 0) / Fraction(av.time_base))
        return VideoIndex(tuple(stamps), tuple(keys), stream.time_base, stream.frames, duration, damaged, aspect)


def _open_container(path: Path) -> Any:
    """Of PyAV, whose types differ from version to version.

    Raises InputError if it is no video, or PyAV is not installed.
    """
    if find_spec("av") is None:
        raise InputError(
            f"{path}: videos need PyAV, which is not installed: pip install 'camera-estimation[video]'; or give a "
            "folder of frames with --sequence"
        )
    import av

    container: Any
    try:
        # Files of AVI say when packets are decoded, not when frames are shown.
        container = av.open(os.fspath(path), options={"fflags": "+genpts", **SAFE_OPTIONS}, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a video ({error.strerror}); {COPY_AGAIN}") from error
    stream = container.streams.best("video")
    if stream is None:
        raise InputError(f"{path}: has no pictures, only sound or data; give a video")
    if stream.codec_context is None:
        raise InputError(f"{path}: its pictures are packed in a way that FFmpeg does not know; {COPY_AGAIN}")
    width, height = stream.codec_context.width, stream.codec_context.height
    check_limit("picture_megapixels", width * height / MEGA, path, "megapixels a frame")
    check_limit("video_hours", (container.duration or 0) / av.time_base / HOUR, path, "hours", SHORTER)
    if container.format.name == "avi" and stream.codec_context.has_b_frames and stream.codec_context.name != "mpeg4":
        raise InputError(
            f"{path}: an AVI file cannot tell the order of its frames ({stream.codec_context.name} with B-frames); "
            f"convert it: ffmpeg -i {path.name} {path.stem}.mp4"
        )
    return container


def _upright_pixels(frame: Any, pixel_aspect: Fraction, path: Path) -> UInt8[np.ndarray, "H W 4"]:
    width = max(1, round(frame.width * pixel_aspect))
    check_limit("picture_megapixels", width * frame.height / MEGA, path, "megapixels a frame")
    pixels = frame.reformat(width=width, format="rgba", interpolation="BICUBIC").to_ndarray()
    matrix = next((data for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
    if matrix is None:
        return np.ascontiguousarray(pixels)
    a, b, _, c, d = np.sign(np.round(np.frombuffer(bytes(matrix), dtype="<i4")[:5] / 65536.0)).astype(int).tolist()
    return np.ascontiguousarray(orient(pixels, ORIENTATIONS.get((a, b, c, d), 1)))
