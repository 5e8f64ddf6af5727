"""What the page shows of each sample, gathered while it is in memory or read from the files of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import BENT_OVERLAY_NAME, PosedImage
from camera_estimation.export.report._earlier_page import EarlierPage
from camera_estimation.export.report._model import mesh_copy
from camera_estimation.export.report._pictures import PagePictures, encode_pictures, encode_source
from camera_estimation.images import read_upright
from camera_estimation.io import input_path, names_file, open_picture
from camera_estimation.mesh import TexturedMesh
from camera_estimation.visualization import MaskLevels, Rgb, Rgba, over_background

# Characters of base64 in the page, which keep it well under 80 MB: of all pictures and of all meshes, and of one each.
ALL_PICTURES, ALL_MESHES = 48_000_000, 14_000_000
LARGEST_PICTURES, SMALLEST_PICTURES = 110_000, 5_000
LARGEST_MESH, SMALLEST_MESH = 260_000, 14_000


class ReportCollector:
    """Pictures by sample and small copies by mesh, with as many bytes each as the page has room for.

    Args:
        samples: How many there will be.
        meshes: Likewise.

    Attributes:
        pictures: By name.
        meshes: Values of JSON by path.
        mesh_of: By name, the path of the sample's mesh in ``meshes``.
        lacking: By name, why a sample has no pictures or no mesh in the page, where that is not for want of room.
    """

    def __init__(self, samples: int, meshes: int) -> None:
        self.pictures: dict[str, PagePictures] = {}
        self.meshes: dict[str, dict[str, Any]] = {}
        self.mesh_of: dict[str, str] = {}
        self.lacking: dict[str, str] = {}
        self._picture_room = min(max(ALL_PICTURES // max(samples, 1), SMALLEST_PICTURES), LARGEST_PICTURES)
        self._mesh_room = min(max(ALL_MESHES // max(meshes, 1), SMALLEST_MESH), LARGEST_MESH)
        self._most_pictured = ALL_PICTURES // self._picture_room
        self._most_meshes = ALL_MESHES // self._mesh_room

    def add(self, name: str, source: Rgb, render: Rgba, mask: MaskLevels, folder: Path | None = None) -> None:
        """The pictures of a sample, all of the size of ``source``; nothing where the page has no room for more. In
        its ``folder`` may be that of the mesh as it was bent."""
        if name in self.pictures or len(self.pictures) < self._most_pictured:
            bent = None if folder is None else _read_bent(folder / BENT_OVERLAY_NAME, source)
            self.pictures[name] = encode_pictures(source, render, mask, self._picture_room, bent)

    def add_mesh(self, name: str, path: Path, read_mesh: Callable[[], TexturedMesh]) -> None:
        """The mesh of a sample, which is read where the page does not have it; a copy that the search made will do."""
        key = path.resolve().as_posix()
        if key not in self.meshes:
            if len(self.meshes) >= self._most_meshes:
                return
            self.meshes[key] = mesh_copy(read_mesh(), self._mesh_room)
        self.mesh_of[name] = key

    def add_image(self, image: PosedImage) -> None:
        """A finished sample, from the files of its run; what cannot be read any more is lacking."""
        try:
            if image.name not in self.pictures and len(self.pictures) < self._most_pictured:
                self.add(image.name, *_read_pictures(image), image.sample_folder)
            if image.name not in self.mesh_of:
                self.add_mesh(image.name, image.mesh_path, image.read_mesh)
        except Exception as error:  # a picture that is odd in whatever way costs the page this picture
            self.lacking[image.name] = " ".join(str(error).split()) or type(error).__name__

    def add_earlier(self, path: Path, entries: Sequence[Mapping[str, Any]]) -> None:
        """What the page of an earlier run has of samples and meshes that are not here yet.

        Args:
            path: Of that page; there may be none.
            entries: What poses.json says of all samples now: of one that was estimated anew nothing is taken.
        """
        page = EarlierPage(path)
        for name, pictures in page.pictures(entries):
            if len(self.pictures) < self._most_pictured:
                self.pictures.setdefault(name, pictures)
        for key, names, mesh in page.meshes():
            if key in self.meshes or len(self.meshes) < self._most_meshes:
                self.meshes.setdefault(key, mesh)
                self.mesh_of.update({name: key for name in names if name in self.pictures})

    def add_failed(self, entry: Mapping[str, Any]) -> None:
        """The source of a sample that failed, if it can be read."""
        if entry["name"] in self.pictures or len(self.pictures) >= self._most_pictured:
            return
        try:
            source = _picture_as_seen(input_path(entry["image"]))
        except InputError as error:
            self.lacking[entry["name"]] = str(error)
            return
        self.pictures[entry["name"]] = encode_source(source, self._picture_room)


def _read_pictures(image: PosedImage) -> tuple[Rgb, Rgba, MaskLevels]:
    """Of the size of render.png."""
    if image.sample_folder is None:
        raise InputError(f"{image.name}: has no folder of results; estimate it again")
    if not (image.sample_folder / "render.png").is_file():
        raise InputError(f"{image.name}: its pictures were not written; run it again with --pictures all to have them")
    render = np.asarray(_read_result(image.sample_folder / "render.png").convert("RGBA"))
    height, width = render.shape[:2]
    source = Image.fromarray(_picture_as_seen(image.image_path))
    mask = _read_result(image.sample_folder / "mask.png").convert("L")
    if source.size != (width, height):
        source = source.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
    if mask.size != (width, height):
        mask = mask.resize((width, height), Image.Resampling.BOX)
    return np.asarray(source), render, np.asarray(mask)


def _read_bent(path: Path, source: Rgb) -> Rgb | None:
    """None where the mesh was not bent."""
    if not names_file(path):
        return None
    picture, size = _read_result(path).convert("RGB"), source.shape[1::-1]
    return np.asarray(picture if picture.size == size else picture.resize(size, Image.Resampling.BOX))


def _read_result(path: Path) -> Image.Image:
    try:
        with open_picture(path) as opened:
            opened.load()
            return opened.copy()
    except Exception as error:  # whatever Pillow raises
        raise InputError(f"{path}: cannot be read; estimate the sample again") from error


def _picture_as_seen(path: Path) -> Rgb:
    rgba = read_upright(path)
    return over_background(np.ascontiguousarray(rgba[..., :3]), rgba[..., 3])
