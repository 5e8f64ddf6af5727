"""The sets of runs that the confidence is fitted to: right inputs, rough ones, and wrong ones."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scipy import ndimage

from confidence_fit.examples import WRONG
from confidence_fit.made_inputs import MadeInputs, Row

OTHER_FOV_DEG = (20.0, 90.0)  # of cameras whose true field of view is 25 to 60 degrees
FRAMES_APART = 6  # of the video: what is between looks the same


@dataclass(frozen=True)
class ConfidenceSet:
    """One run: its pairs, the flags beside them, and the ground truth."""

    name: str
    rows: list[Row]
    truth: str
    flags: list[str] = field(default_factory=list)


class SetMaker:
    """Makes the sets from the folder ``data``; what has to be written for them goes to ``inputs``."""

    def __init__(self, data: Path, inputs: Path, every: int, reference: Path | None) -> None:
        self.data, self.every, self.reference = data, every, reference
        self.made = MadeInputs(inputs)

    def sets(self) -> Iterator[ConfidenceSet]:
        """All of them: right inputs, rough ones, wrong ones."""
        for make in (self._dev, self._dev_gen, self._real, self._wild, self._unmasked, self._gen_real, self._video):
            yield from make()
        yield from self._plain()
        for make in (self._wrong_mesh, self._wrong_fov, self._wrong_mask):
            yield from make()

    def _dev(self) -> Iterator[ConfidenceSet]:
        yield ConfidenceSet("dev", self._rows("dev"), self._truth("dev"), self._intrinsics("dev"))
        yield ConfidenceSet("dev_unknown_fov", self._rows("dev"), self._truth("dev"))

    def _dev_gen(self) -> Iterator[ConfidenceSet]:
        yield ConfidenceSet("dev_gen", self._rows("dev_gen"), self._truth("dev_gen"), self._intrinsics("dev_gen"))

    def _real(self) -> Iterator[ConfidenceSet]:
        known, masks = self._intrinsics("real"), self.data / "real" / "masks"
        rows, truth = self._rows("real"), self._truth("real")
        yield ConfidenceSet(
            "real_rgba", self._rows("real", "pairs_rgba.csv"), self._truth("real", "pairs_rgba.csv"), known
        )
        yield ConfidenceSet("real_masks", rows, truth, [*known, "--masks_dir", str(masks)])
        for name, change in (("dilated", ndimage.binary_dilation), ("eroded", ndimage.binary_erosion)):
            rough = self.made.move_boundaries(masks, f"real_{name}", change)
            yield ConfidenceSet(f"real_{name}", rows, truth, [*known, "--masks_dir", str(rough)])
        cropped = ["--intrinsics", str(self.data / "real" / "intrinsics_crop.json")]
        cropped += ["--masks_dir", str(self.data / "real" / "masks_crop")]
        yield ConfidenceSet(
            "real_crop", self._rows("real", "pairs_crop.csv"), self._truth("real", "pairs_crop.csv"), cropped
        )

    def _wild(self) -> Iterator[ConfidenceSet]:
        known, folder = self._intrinsics("wild_dev"), self.data / "wild_dev"
        rows, truth = self._rows("wild_dev"), self._truth("wild_dev")
        rough = self.made.move_boundaries(folder / "masks_full", "wild_dilated", ndimage.binary_dilation)
        for name, masks in (("full", folder / "masks_full"), ("visible", folder / "masks"), ("dilated", rough)):
            yield ConfidenceSet(f"wild_{name}", rows, truth, [*known, "--masks_dir", str(masks)])

    def _unmasked(self) -> Iterator[ConfidenceSet]:
        for name, short in (("wild_dev", "wild"), ("real", "real")):
            known = [*self._intrinsics(name), "--mask", "none"]
            boxes = ["--boxes", str(self._boxes(name))]
            yield ConfidenceSet(f"{short}_boxes", self._rows(name), self._truth(name), [*known, *boxes])
            yield ConfidenceSet(f"{short}_unmasked", self._rows(name), self._truth(name), known)
            yield ConfidenceSet(f"{short}_unmasked_crossed", self._crossed(name), WRONG, [*known, *boxes])

    def _gen_real(self) -> Iterator[ConfidenceSet]:
        rows = self._rows("gen_real")
        known = {row["image"] for row in self._rows("gen_real", "pairs_gt.csv", every=1)}
        exact = [row for row in rows if row["image"] in known]
        yield ConfidenceSet("gen_real_known", exact, self._truth("gen_real", "pairs_gt.csv"))
        if self.reference is None:
            return
        for model in sorted({row["model"] for row in rows}):
            of_model = [row for row in rows if row["model"] == model and row["image"] not in known]
            masks = ["--masks_dir", str(self.data / "gen_real" / "masks")]
            flags = ["--model", model, *masks]
            yield ConfidenceSet(f"gen_real_{model}", of_model, str(self.reference), flags)

    def _video(self) -> Iterator[ConfidenceSet]:
        rows = self._rows("video", every=FRAMES_APART * self.every)
        masks = ["--masks_dir", str(self.made.draw_true_masks(rows)), "--sequence"]
        yield ConfidenceSet("video", rows, self._truth("video"), [*self._intrinsics("video"), *masks])

    def _plain(self) -> Iterator[ConfidenceSet]:
        for name in ("dev", "dev_gen"):
            rows = [{**row, "mesh": str(self.made.strip_texture(Path(row["mesh"])))} for row in self._rows(name)]
            yield ConfidenceSet(f"{name}_plain", rows, self._truth(name), self._intrinsics(name))

    def _wrong_mesh(self) -> Iterator[ConfidenceSet]:
        yield ConfidenceSet("mismatched", self._rows("gen_real", "mismatched.csv"), WRONG)
        for name in ("dev", "wild_dev", "gen_real"):
            flags = [] if name == "gen_real" else self._intrinsics(name)
            flags += {"wild_dev": ["--masks_dir", str(self.data / name / "masks_full")]}.get(name, [])
            flags += {"gen_real": ["--masks_dir", str(self.data / name / "masks")]}.get(name, [])
            yield ConfidenceSet(f"{name}_crossed", self._crossed(name), WRONG, flags)

    def _crossed(self, name: str) -> list[Row]:
        """Every other of a table's images, with the mesh of another object."""
        rows = self._rows(name)
        meshes = list(dict.fromkeys(row["mesh"] for row in rows))
        pairs = [
            (row, meshes[(meshes.index(row["mesh"]) + 1 + number) % len(meshes)])
            for number, row in enumerate(rows[::2])
        ]
        return [{**row, "mesh": mesh} for row, mesh in pairs if object_name(mesh) != object_name(row["mesh"])]

    def _wrong_fov(self) -> Iterator[ConfidenceSet]:
        for start, fov in enumerate(OTHER_FOV_DEG):
            rows = self._rows("dev")[start :: len(OTHER_FOV_DEG)]
            yield ConfidenceSet(f"dev_fov_{fov:.0f}", rows, self._truth("dev"), ["--fov_deg", str(fov)])

    def _wrong_mask(self) -> Iterator[ConfidenceSet]:
        rows = self._rows("dev")[::2]
        images = self.made.swap_masks([Path(row["image"]) for row in rows])
        changed = [{**row, "image": str(image)} for row, image in zip(rows, images, strict=True)]
        yield ConfidenceSet("dev_other_masks", changed, self._truth("dev"), self._intrinsics("dev"))

    def _rows(self, name: str, table: str = "pairs.csv", every: int | None = None) -> list[Row]:
        """Those of a table of pairs, with whole paths."""
        with (self.data / name / table).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        paths = [
            {key: str(self.data / name / row[key]) for key in ("mesh", "image", "gt") if key in row} for row in rows
        ]
        return [{**row, **path} for row, path in zip(rows, paths, strict=True)][:: every or self.every]

    def _truth(self, name: str, table: str = "pairs.csv") -> str:
        return str(self.data / name / table)

    def _intrinsics(self, name: str) -> list[str]:
        return ["--intrinsics", str(self.data / name / "intrinsics.json")]

    def _boxes(self, name: str) -> Path:
        """The file of a set's boxes; where it has none, one of the boxes of its masks."""
        given = self.data / name / "boxes.json"
        if given.is_file():
            return given
        images = [Path(row["image"]) for row in self._rows(name, every=1)]
        return self.made.write_boxes(name, images, self.data / name / "masks")


def object_name(mesh: str) -> str:
    """What meshes of one picture have in common, whichever generator made them: NAME of GENERATOR_NAME.glb."""
    return Path(mesh).stem.split("_", 1)[-1]
