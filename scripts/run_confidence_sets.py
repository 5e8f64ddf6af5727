"""Run all that the confidence of estimates is fitted to: right inputs, rough ones, and wrong ones.

Usage: python scripts/run_confidence_sets.py DATA OUTPUT_DIR [--every 4] [--sets dev real_rgba ...] [--reference RUN]

DATA holds the data sets (dev, dev_gen, real, wild_dev, gen_real, video) with their ground truth. Each set below is one
run of camera-estimate into OUTPUT_DIR/NAME; finished samples are skipped, so that an interrupted call goes on where it
stopped. Inputs that DATA does not hold (meshes without texture, masks that are dilated, masks of other images, wrong
meshes) are made in OUTPUT_DIR/inputs. With --every N each set has every Nth of its pairs. OUTPUT_DIR/sets.csv lists the
runs with their ground truth, for scripts/fit_confidence.py: a file or folder, or the word "wrong" where nothing can be
right. --reference names a run of gen_real whose poses were looked at and found right; they are the truth of those.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import trimesh
from PIL import Image
from scipy import ndimage

from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import parse_camera

Row = dict[str, str]
WRONG = "wrong"  # instead of a ground truth: no pose can be right
ROUGH_PIXELS = 3
GRAY = (160, 160, 160, 255)
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
    """Makes the sets from the folder ``data``; what it has to write goes to ``inputs``."""

    def __init__(self, data: Path, inputs: Path, every: int, reference: Path | None) -> None:
        self.data, self.inputs, self.every, self.reference = data, inputs, every, reference

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
            rough = self._rough_masks(masks, f"real_{name}", change)
            yield ConfidenceSet(f"real_{name}", rows, truth, [*known, "--masks_dir", str(rough)])
        cropped = ["--intrinsics", str(self.data / "real" / "intrinsics_crop.json")]
        cropped += ["--masks_dir", str(self.data / "real" / "masks_crop")]
        yield ConfidenceSet(
            "real_crop", self._rows("real", "pairs_crop.csv"), self._truth("real", "pairs_crop.csv"), cropped
        )

    def _wild(self) -> Iterator[ConfidenceSet]:
        known, folder = self._intrinsics("wild_dev"), self.data / "wild_dev"
        rows, truth = self._rows("wild_dev"), self._truth("wild_dev")
        rough = self._rough_masks(folder / "masks_full", "wild_dilated", ndimage.binary_dilation)
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
        masks = ["--masks_dir", str(self._true_masks(rows)), "--sequence"]
        yield ConfidenceSet("video", rows, self._truth("video"), [*self._intrinsics("video"), *masks])

    def _plain(self) -> Iterator[ConfidenceSet]:
        for name in ("dev", "dev_gen"):
            rows = [{**row, "mesh": str(self._without_texture(Path(row["mesh"])))} for row in self._rows(name)]
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
        folder = self.inputs / "other_masks"
        folder.mkdir(parents=True, exist_ok=True)
        changed = []
        for number, (row, other) in enumerate(zip(rows, rows[1:] + rows[:1], strict=True)):
            path = folder / Path(row["image"]).name
            if not path.is_file():
                pictures = (Image.open(image) for image in (row["image"], other["image"]))
                picture, mask = (np.asarray(opened.convert("RGBA")) for opened in pictures)
                rgba = np.dstack([picture[..., :3], np.rot90(mask[..., 3], number)])
                Image.fromarray(rgba).save(path)
            changed.append({**row, "image": str(path)})
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
        boxes = {}
        for row in self._rows(name, every=1):
            image = Path(row["image"])
            mask = np.asarray(Image.open(self.data / name / "masks" / f"{image.stem}.png").convert("L")) >= 128
            (rows, columns) = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
            boxes[image.name] = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
        path = self.inputs / f"{name}_boxes.json"
        path.write_text(json.dumps(boxes), encoding="utf-8")
        return path

    def _rough_masks(self, masks: Path, name: str, change: Callable[..., np.ndarray]) -> Path:
        """A folder of masks that are ``ROUGH_PIXELS`` too large or too small."""
        folder = self.inputs / name
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(masks.glob("*.png")):
            if not (folder / path.name).is_file():
                mask = np.asarray(Image.open(path).convert("L")) >= 128
                Image.fromarray(255 * change(mask, iterations=ROUGH_PIXELS).astype(np.uint8)).save(folder / path.name)
        return folder

    def _true_masks(self, rows: Sequence[Row]) -> Path:
        """A folder of the silhouettes at the true poses, off by as much as these are."""
        folder = self.inputs / "video_masks"
        folder.mkdir(parents=True, exist_ok=True)
        renderer = Renderer(load_mesh(rows[0]["mesh"]))
        for row in rows:
            path = folder / f"{Path(row['image']).stem}.png"
            if not path.is_file():
                world = parse_camera(json.loads(Path(row["gt"]).read_text(encoding="utf-8")), row["gt"])
                camera = renderer.mesh.to_normalized(world).to("cpu", torch.float32)
                mask = renderer.draw(camera)[0][0, 3]
                Image.fromarray((255 * mask).round().byte().numpy()).save(path)
        return folder

    def _without_texture(self, mesh: Path) -> Path:
        """The same shape, gray."""
        path = self.inputs / "plain" / mesh.name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            shape = trimesh.load(mesh, force="scene").to_geometry()
            plain = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
            plain.visual.face_colors = GRAY
            path.write_bytes(trimesh.Scene(plain).export(file_type="glb"))
        return path


def object_name(mesh: str) -> str:
    """What meshes of one picture have in common, whichever generator made them: NAME of GENERATOR_NAME.glb."""
    return Path(mesh).stem.split("_", 1)[-1]


def run_set(chosen: ConfidenceSet, output_dir: Path) -> Path:
    """Estimate the cameras of a set, those that are not there yet; gives the folder."""
    folder = output_dir / chosen.name
    table = output_dir / "inputs" / f"{chosen.name}.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["mesh", "image"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(
            {key: os.path.relpath(row[key], table.parent) for key in ("mesh", "image")} for row in chosen.rows
        )
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--pairs", str(table)]
    subprocess.run([*command, "--output_dir", str(folder), *chosen.flags], check=False)
    return folder


def write_table(path: Path, sets: Sequence[ConfidenceSet]) -> None:
    """The runs and their ground truth; those of earlier calls stay."""
    truths: dict[str, str] = {}
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            truths = {row["name"]: row["truth"] for row in csv.DictReader(file)}
    truths.update({chosen.name: chosen.truth for chosen in sets})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "truth"])
        writer.writerows(truths.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("output_dir", type=Path, metavar="OUTPUT_DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth pair of each set")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="of sets, instead of all")
    parser.add_argument("--reference", type=Path, metavar="RUN", help="poses of gen_real that are known to be right")
    arguments = parser.parse_args()
    reference = arguments.reference.resolve() if arguments.reference else None
    maker = SetMaker(arguments.data.resolve(), arguments.output_dir / "inputs", arguments.every, reference)
    sets = list(maker.sets())
    unknown = set(arguments.sets or ()) - {chosen.name for chosen in sets}
    if unknown:
        names = ", ".join(chosen.name for chosen in sets)
        parser.error(f"no set is called {' or '.join(sorted(unknown))}; there are {names}")
    sets = [chosen for chosen in sets if not arguments.sets or chosen.name in arguments.sets]
    write_table(arguments.output_dir / "sets.csv", sets)
    for number, chosen in enumerate(sets, start=1):
        print(f"[{number}/{len(sets)}] {chosen.name}: {len(chosen.rows)} pairs", flush=True)
        run_set(chosen, arguments.output_dir)


if __name__ == "__main__":
    main()
