"""Pictures, masks, depth and videos."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.support.reader_seeds.seed import Seed

PICTURE_FORMATS = (("png", {}), ("jpg", {}), ("webp", {}), ("tif", {}), ("bmp", {}), ("gif", {}), ("avif", {}))


def encode_picture(mode: str = "RGB", form: str = "PNG", **options: Any) -> bytes:
    """A picture of 64 x 48 pixels as a file has it."""
    values = np.random.default_rng(0).integers(0, 255, (48, 64, 4), dtype=np.uint8)
    stream = io.BytesIO()
    picture = (
        Image.fromarray(values).convert(mode) if mode != "I;16" else Image.fromarray(values[..., 0] * np.uint16(9))
    )
    picture.save(stream, form, **options)
    return stream.getvalue()


def picture_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.images import read_upright
    from camera_estimation.images.instance_mask import read_instance_mask
    from camera_estimation.images.mask_file import read_mask_file

    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix, options in PICTURE_FORMATS:
        form = Image.registered_extensions().get(f".{suffix}")
        if form in Image.SAVE:
            told = {"exif": exif} if suffix in ("jpg", "png", "webp") else options
            yield Seed("picture", f"view.{suffix}", encode_picture(form=form, **told), read_upright)
    yield Seed("picture", "view.png", encode_picture("I;16"), read_upright)
    yield Seed("mask", "view_mask.png", encode_picture("P"), read_mask_file)
    counts = {"size": [48, 64], "counts": [0, 48 * 32, 48 * 32]}
    square = [8, 8, 40, 8, 40, 40, 8, 40]
    tree = {
        "images": [{"id": 1, "file_name": "view.png"}],
        "annotations": [{"id": k, "image_id": 1, "segmentation": part} for k, part in enumerate((counts, [square]))],
    }
    for number in ("0", "1"):

        def read(path: Path, number: str = number) -> object:
            return read_instance_mask(path, number, Path("view.png"), 64, 48)

        yield Seed("coco", "masks.json", json.dumps(tree).encode(), read)

    def read_code(path: Path) -> object:
        return read_instance_mask(path, "0", Path("view.png"), 64, 48)

    tree["annotations"][0]["segmentation"] = {"size": [48, 64], "counts": "0P`1P`1"}
    yield Seed("coco", "masks.json", json.dumps(tree).encode(), read_code)


def depth_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.images import load_depth

    def read(path: Path) -> object:
        return load_depth(path, 64, 48)

    yield Seed("depth", "view.png", encode_picture("I;16"), read)
    stream = io.BytesIO()
    values = np.full((48, 64), 2.0, np.float32)
    np.save(stream, values)
    yield Seed("depth", "view.npy", stream.getvalue(), read)
    try:
        import OpenEXR
    except ImportError:
        return
    path = folder / "seed.exr"
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION}, {"Z": values}).write(str(path))
    yield Seed("exr", "view.exr", path.read_bytes(), read)


def video_seeds(folder: Path) -> Iterator[Seed]:
    try:
        import av
    except ImportError:
        return
    from camera_estimation.io import frame_path, index_video, read_frame

    def read(path: Path) -> object:
        index = index_video(path)
        return [read_frame(frame_path(path, number)) for number in {0, len(index.stamps) - 1}]

    for suffix, codec in (
        ("mp4", "libx264"),
        ("mkv", "libx264"),
        ("webm", "libvpx"),
        ("avi", "mpeg4"),
        ("mov", "mjpeg"),
    ):
        path = folder / f"seed.{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(4):
                picture = np.full((48, 64, 3), 60 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        yield Seed("video", f"clip.{suffix}", path.read_bytes(), read)
