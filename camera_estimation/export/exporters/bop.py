"""The exporter of poses as the benchmark BOP has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export._name_list import list_names
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

if TYPE_CHECKING:
    from camera_estimation.export._bop_ids import BopIds

METHOD = "camera-estimation"
SPLIT = "test"
DATASET = "run"
MILLIMETERS = 1000.0  # in a meter, glTF's unit


@exporter_registry.register("bop")
class BopExporter(Exporter):
    """Results for BOP's evaluation, and the same poses as the annotations of scenes."""

    description = "for BOP's toolkit: results (CSV), scene_gt, scene_camera, models_info, in millimeters"
    option_help: ClassVar = {
        "ids": "CSV table of the numbers of scenes, images and objects, with columns image, mesh, scene_id, im_id, "
        "obj_id; else they are made, in natural order",
        "unit": f"millimeters in a unit of the mesh files; {MILLIMETERS:g}, for meshes in meters",
        "dataset": f"in the name of the results' file; {DATASET}",
    }

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._dataset = options.get("dataset", DATASET)
        if not re.fullmatch(r"[A-Za-z0-9.-]+", self._dataset):
            raise InputError(f"--option bop.dataset={self._dataset}: give letters, digits, dots and hyphens only")

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.dataset import BOP_TABLE_NAME
        from camera_estimation.export._bop_files import model_values, results_text, scene_trees
        from camera_estimation.export._bop_ids import table_text
        from camera_estimation.io import json_text, write_text

        held = self._choose_images(images)
        ids = self._number(held)
        self._tell_of_focal_lengths(held)
        contents = {
            BOP_TABLE_NAME: table_text(held, ids, folder),
            f"{METHOD}_{self._dataset}-{SPLIT}.csv": results_text(held, ids),
        }
        for scene in sorted({number.scene for number in ids}):
            cameras, poses = scene_trees(held, ids, scene, self.remark)
            contents[f"{SPLIT}/{scene:06d}/scene_camera.json"] = json_text(cameras)
            contents[f"{SPLIT}/{scene:06d}/scene_gt.json"] = json_text(poses)
        models = {number.object: (image, number.unit) for image, number in zip(held, ids, strict=True)}
        info = {}
        for key, (image, unit) in sorted(models.items()):
            try:
                info[str(key)] = model_values(image.mesh, unit)
            except InputError as error:  # the poses do without
                self.remark(f"left out object {key} of models_info.json: {error}")
        contents["models/models_info.json"] = json_text(info)
        for name, text in contents.items():
            write_text(folder / name, text)
        return [folder / name for name in contents]

    def _choose_images(self, images: Sequence[PosedImage]) -> list[PosedImage]:
        """Those that no lens distorts. Raises InputError if there are none."""
        held = [image for image in images if image.lens is None]
        reason = "BOP has pinholes only, and a lens distorts the picture; undistort it and estimate it again"
        bent = [image.name for image in images if image.lens is not None]
        if not held:
            raise InputError(f"{list_names(bent)}: {reason}")
        if bent:
            self.remark(f"left out {list_names(bent)}: {reason}")
        return held

    def _number(self, images: Sequence[PosedImage]) -> list[BopIds]:
        from camera_estimation.dataset import parse_unit, read_bop_table
        from camera_estimation.export._bop_ids import make_ids, read_ids

        given = self.options.get("unit")
        unit = MILLIMETERS if given is None else parse_unit(given, "--option bop.unit")
        if "ids" not in self.options:
            return make_ids(images, unit)
        return read_ids(images, read_bop_table(Path(self.options["ids"])), unit)

    def _tell_of_focal_lengths(self, images: Sequence[PosedImage]) -> None:
        found = [image.name for image in images if (image.entry.get("focal") or {}).get("source") == "estimated"]
        if found:
            self.remark(
                f"{list_names(found)}: the focal length was estimated, and results have none: BOP's evaluation takes "
                "its own; give --intrinsics for results that are to be judged"
            )
