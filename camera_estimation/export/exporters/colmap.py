"""The exporter of COLMAP's sparse models, from which reconstructions and Gaussian splatting start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export._name_list import list_names
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

MODEL_FOLDER = Path("sparse", "0")
POINTS = 4000  # spread over the mesh: as many as a small reconstruction has
MOST_POINTS = 1_000_000
COPY, LINK = "copy", "link"


@exporter_registry.register("colmap")
class ColmapExporter(Exporter):
    """A sparse model with points of the mesh and their tracks, and the pictures and masks that belong to it."""

    description = "sparse/0 for COLMAP, nerfstudio, Gaussian splatting: cameras, images, points with tracks"
    one_mesh = True
    used_pictures = ("mask.png",)
    option_help: ClassVar = {
        "points": f"how many points are spread over the mesh, of which those that an image sees are written; {POINTS}",
        "pictures": f"{COPY} into images/, so that the folder is whole by itself, or {LINK}; {COPY}",
    }

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._points = _parse_count(options.get("points", str(POINTS)))
        self._pictures = options.get("pictures", COPY)
        if self._pictures not in (COPY, LINK):
            raise InputError(f"--option colmap.pictures={self._pictures}: give {COPY} or {LINK}")

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._colmap_files import write_model
        from camera_estimation.export._colmap_model import make_model
        from camera_estimation.export._picture_folder import place_mask, place_picture
        from camera_estimation.export.name_forms import plain_names

        held = self._choose_images(images)
        names = plain_names([image.name for image in held])
        link = self._pictures == LINK
        pictures = [place_picture(image, name, folder, link) for image, name in zip(held, names, strict=True)]
        masks = [place_mask(image, picture, folder) for image, picture in zip(held, pictures, strict=True)]
        model = make_model(held, [picture.name for picture in pictures], held[0].mesh.to("cpu"), self._points)
        self._tell_of(held, masks)
        other = [image.name for image, name in zip(held, names, strict=True) if image.name != name]
        if other:
            self.remark(f"{list_names(other)}: has another name there, for COLMAP's names end at spaces")
        seeing = model.observations.count_of_image
        blind = [image.name for place, image in enumerate(model.images) if not seeing(place)]
        if blind:
            self.remark(f"{list_names(blind)}: no observations, for it shares no point with another image")
        return [*write_model(model, folder / MODEL_FOLDER), *pictures, *(mask for group in masks for mask in group)]

    def _choose_images(self, images: Sequence[PosedImage]) -> list[PosedImage]:
        """Those whose lens COLMAP has a model for. Raises InputError if there are none."""
        from camera_estimation.export._colmap_model import colmap_camera

        held = []
        for image in images:
            try:
                colmap_camera(image)
            except InputError as error:
                if len(images) == 1:
                    raise
                self.remark(f"left out {error}")
            else:
                held.append(image)
        if not held:
            raise InputError(f"no image of {images[0].mesh_path.name} has a lens that COLMAP knows: {self.remarks[-1]}")
        return held

    def _tell_of(self, images: Sequence[PosedImage], masks: Sequence[Sequence[Path]]) -> None:
        """Remarks about what a model cannot say of its images."""
        times = Counter(image.image_path for image in images)
        crowded = [image.name for image in images if times[image.image_path] > 1 or image.entry.get("object")]
        if crowded:
            self.remark(
                f"{list_names(crowded)}: one of several objects of its picture, and a model has a single one; use the "
                "masks, which leave the others out"
            )
        bare = [image.name for image, mask in zip(images, masks, strict=True) if not mask]
        if bare:
            self.remark(f"{list_names(bare)}: no mask, for the run has none of the picture's size")
        bent = [image.name for image in images if image.entry.get("deformation")]
        if bent:
            self.remark(
                f"{list_names(bent)}: the pose is of the mesh as it was bent; the points are those of the mesh as it is"
            )


def _parse_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST_POINTS:
        raise InputError(f"--option colmap.points={text}: give a whole number from 1 to {MOST_POINTS}")
    return int(text)
