"""Which mesh belongs to which image.

By name, an image belongs to the first that exists of

1. the mesh of the same stem (upper and lower case alike): ``spot.glb``, ``spot.png``;
2. every mesh of the same stem without ``MESH_NAME_ENDINGS`` and ``IMAGE_NAME_ENDINGS``: ``spot_sample.glb``,
   ``spot_rgba.png``;
3. the mesh whose stem is the image's without its frame number, which a separator ``_ - .`` or a space sets off, with
   or without the word frame, view, image or img: ``spot.glb`` for ``spot_00.png``, ``spot-12.png``,
   ``spot.0001.png`` and ``spot_frame003.png``, never for ``spot2.png``. The longest stem wins.

Of meshes of the same stem in several formats one counts, that of the format which keeps most: ``spot.glb`` beside
``spot.obj``. A part of a name never counts, so ``1.glb`` and ``10.png`` are strangers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.dataset.known_intrinsics import Intrinsics
from camera_estimation.dataset.naming import files_without_text, is_text, natural_order, unique_names
from camera_estimation.dataset.object_mark import UNMARKED, ObjectMark
from camera_estimation.errors import InputError
from camera_estimation.io import VIDEO_EXTENSIONS
from camera_estimation.mesh import mesh_suffixes

IMAGE_EXTENSIONS = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif", ".heic", ".heif", ".hif"),
    *(".jp2", ".bmp", ".gif", ".tif", ".tiff"),
)
# What image-to-3D generators and the scripts around them append to the name of the picture; taken off repeatedly.
MESH_NAME_ENDINGS = (
    "_texture_consistency",
    "_re-canonicalization",
    "_sample",
    "_baked",
    "_textured",
    "_texture",
    "_white",
    "_shape",
    "_mesh",
    "_pbr",
    "_gen",
    "_hunyuan",
    "_hunyuan3d",
    "_trellis",
    "_triposg",
    "_triposr",
    "_craftsman",
)
IMAGE_NAME_ENDINGS = ("_rgba", "_nobg", "_rembg", "_processed", "_input", "_image")
MASK_SUFFIX = "_mask"
NUMBERED = re.compile(r"(?P<base>.+)[_\-. ]\d+")
NUMBERED_BY_WORD = re.compile(r"(?P<base>.+?)[_\-. ](?:frame|view|image|img)[_\-. ]?\d+")


@dataclass(frozen=True)
class VideoFrame:
    """A frame's number in its video, from 0, and the seconds since the first one."""

    number: int
    time: float


@dataclass(frozen=True)
class Sample:
    """One estimate to make.

    Args:
        name: The image's stem, made unique; it names the results.
        mesh_path: The mesh.
        image_path: The picture of it.
        mark: Which of the objects in the picture it is, if there are several.
        intrinsics: (fx, fy, cx, cy) in pixels where they came with the pair; None: they did not.
        frame: Which frame of a video that is; None: it is a file of its own.
    """

    name: str
    mesh_path: Path
    image_path: Path
    mark: ObjectMark = UNMARKED
    intrinsics: Intrinsics | None = None
    frame: VideoFrame | None = None


@dataclass(frozen=True)
class PairedFiles:
    """A sample before it has its name."""

    mesh_path: Path
    image_path: Path
    mark: ObjectMark = UNMARKED
    intrinsics: Intrinsics | None = None


@dataclass(frozen=True)
class Pairing:
    """Meshes with their images.

    Args:
        samples: In natural order.
        meshes_without_image: Files that nothing belongs to.
        images_without_mesh: Likewise.
        other_formats: Meshes that are there in another format too, which is taken, as (left out, taken).
        remarks: Lines about what was given and is not used, and about videos.
    """

    samples: tuple[Sample, ...]
    meshes_without_image: tuple[Path, ...] = ()
    images_without_mesh: tuple[Path, ...] = ()
    other_formats: tuple[tuple[Path, Path], ...] = ()
    remarks: tuple[str, ...] = ()


def pair_by_name(input_dir: Path, source_images_dir: Path | None = None) -> Pairing:
    """Pairs a folder of meshes, or one, with a folder of images, or one; by default those beside the meshes.

    A single mesh and a single image belong together whatever their names. One mesh file and a named folder of images
    none of which has its name belong together too: they are pictures of that one object. A file that is given by
    itself asks about itself only, so the other side's strangers are not reported.

    Args:
        input_dir: A folder of meshes, or a mesh.
        source_images_dir: A folder of images, or an image; by default the folder of the meshes.

    Raises:
        InputError: A path does not exist, or a folder holds no mesh or no image.
    """
    images_given = source_images_dir is not None
    if source_images_dir is None:
        source_images_dir = input_dir if input_dir.is_dir() else input_dir.parent
    meshes, other_formats = _choose_formats(_files(input_dir, mesh_suffixes(), "mesh"))
    images = _without_masks(_files(source_images_dir, IMAGE_EXTENSIONS, "image"))
    videos = _videos_among(source_images_dir)
    pairs = _pairs_by_name(meshes, images)
    one_mesh = len(meshes) == 1
    if not pairs and one_mesh and (len(images) == 1 or (images_given and not input_dir.is_dir())):
        pairs = [(meshes[0], image) for image in images]
    paired_meshes, paired_images = {mesh for mesh, _ in pairs}, {image for _, image in pairs}
    lonely_meshes = [mesh for mesh in meshes if mesh not in paired_meshes]
    lonely_images = [image for image in images if image not in paired_images]
    return Pairing(
        make_samples([PairedFiles(*pair) for pair in pairs]),
        tuple(lonely_meshes) if source_images_dir.is_dir() or not pairs else (),
        tuple(lonely_images) if input_dir.is_dir() or not pairs else (),
        tuple(other_formats),
        (
            *(f"{video}: a video in a folder is not used; name it to estimate its frames" for video in videos),
            *files_without_text([input_dir, source_images_dir], (*mesh_suffixes(), *IMAGE_EXTENSIONS)),
        ),
    )


def _files(place: Path, extensions: tuple[str, ...], what: str) -> list[Path]:
    """The file itself, or a folder's files with one of the extensions, in natural order."""
    if not place.exists():
        raise InputError(f"{place}: no such file or folder; check the path of the {what} or the folder of them")
    if not place.is_dir():
        return [place]
    found = [
        path
        for path in place.iterdir()
        if path.suffix.lower() in extensions and not path.name.startswith(".") and path.is_file() and is_text(path)
    ]
    if not found:
        if lines := files_without_text([place], extensions):
            raise InputError(lines[0])
        videos = _videos_among(place) if what == "image" else []
        if videos:
            raise InputError(f"{place}: holds no image, but videos; name one: --source_images_dir {videos[0]}")
        raise InputError(f"{place}: holds no {what} ({', '.join(extensions)}); give another folder or a single file")
    return sorted(found, key=lambda path: natural_order(path.name))


def _choose_formats(meshes: list[Path]) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """The meshes without those of which another file of the same stem is of an earlier format, and these with that."""
    ranks = {suffix: rank for rank, suffix in enumerate(mesh_suffixes())}
    taken: dict[str, Path] = {}
    for mesh in sorted(meshes, key=lambda path: ranks.get(path.suffix.lower(), len(ranks))):
        taken.setdefault(_key(mesh), mesh)
    left_out = [mesh for mesh in meshes if taken[_key(mesh)].suffix.lower() != mesh.suffix.lower()]
    return [mesh for mesh in meshes if mesh not in left_out], [(mesh, taken[_key(mesh)]) for mesh in left_out]


def _videos_among(place: Path) -> list[Path]:
    """Of a folder; none where the place is a file."""
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() in VIDEO_EXTENSIONS and not path.name.startswith("."))


def _without_masks(images: list[Path]) -> list[Path]:
    """The images without the masks of others among them."""
    stems = {_key(path) for path in images}
    return [
        path
        for path in images
        if not (_key(path).endswith(MASK_SUFFIX) and _key(path).removesuffix(MASK_SUFFIX) in stems)
    ]


def _key(path: Path) -> str:
    """The stem for comparison: file systems differ in case and in how they compose accents."""
    return unicodedata.normalize("NFC", path.stem).casefold()


def _strip_suffixes(key: str, suffixes: tuple[str, ...]) -> str:
    """The key without any of the suffixes at its end, as long as something is left."""
    for suffix in suffixes:
        if key.endswith(suffix) and len(key) > len(suffix):
            return _strip_suffixes(key[: -len(suffix)], suffixes)
    return key


def _pairs_by_name(meshes: list[Path], images: list[Path]) -> list[tuple[Path, Path]]:
    by_key: dict[str, list[Path]] = {}
    by_stripped_key: dict[str, list[Path]] = {}
    for mesh in meshes:
        by_key.setdefault(_key(mesh), []).append(mesh)
        by_stripped_key.setdefault(_strip_suffixes(_key(mesh), MESH_NAME_ENDINGS), []).append(mesh)
    pairs: list[tuple[Path, Path]] = []
    for image in images:
        candidates = _candidate_keys(image)
        lookups = (found for key in candidates for found in (by_key.get(key), by_stripped_key.get(key)) if found)
        pairs.extend((mesh, image) for mesh in next(lookups, ()))
    return pairs


def _candidate_keys(image: Path) -> list[str]:
    """Keys of meshes that the image may belong to, the first that exists counts."""
    whole = list(dict.fromkeys([_key(image), _strip_suffixes(_key(image), IMAGE_NAME_ENDINGS)]))
    matches = [pattern.fullmatch(key) for pattern in (NUMBERED, NUMBERED_BY_WORD) for key in whole]
    return [*whole, *(match["base"] for match in matches if match)]


def make_samples(pairs: list[PairedFiles]) -> tuple[Sample, ...]:
    """Samples with their names, in natural order."""
    names = unique_names([(pair.mesh_path, pair.image_path) for pair in pairs], [p.mark.sorting_key() for p in pairs])
    samples = [
        Sample(name, pair.mesh_path, pair.image_path, pair.mark, pair.intrinsics)
        for name, pair in zip(names, pairs, strict=True)
    ]
    return tuple(sorted(samples, key=lambda sample: natural_order(sample.name)))
