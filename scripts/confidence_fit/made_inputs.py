"""Inputs of the sets that the data do not hold, made of what they hold and kept for the next call."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import trimesh
from make_rough_masks import box_of, read_mask
from PIL import Image

from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import parse_camera

Row = dict[str, str]
ROUGH_PIXELS = 3
GRAY = (160, 160, 160, 255)


class MadeInputs:
    """Makes inputs in ``folder``; files that are there already stay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write_boxes(self, name: str, images: Sequence[Path], masks: Path) -> Path:
        """A file of the boxes of masks, by the names of their images."""
        boxes = {image.name: box_of(read_mask(masks / f"{image.stem}.png")) for image in images}
        path = self.folder / f"{name}_boxes.json"
        path.write_text(json.dumps(boxes), encoding="utf-8")
        return path

    def swap_masks(self, images: Sequence[Path]) -> list[Path]:
        """The images, each with the mask of the next one, turned so that it fits the less."""
        folder = self._place("other_masks")
        swapped = []
        for number, (image, other) in enumerate(zip(images, [*images[1:], *images[:1]], strict=True)):
            path = folder / image.name
            if not path.is_file():
                picture, mask = (np.asarray(Image.open(each).convert("RGBA")) for each in (image, other))
                rgba = np.dstack([picture[..., :3], np.rot90(mask[..., 3], number)])
                Image.fromarray(rgba).save(path)
            swapped.append(path)
        return swapped

    def move_boundaries(self, masks: Path, name: str, change: Callable[..., np.ndarray]) -> Path:
        """A folder of masks that are ``ROUGH_PIXELS`` too large or too small."""
        folder = self._place(name)
        for path in sorted(masks.glob("*.png")):
            if not (folder / path.name).is_file():
                rough = change(read_mask(path), iterations=ROUGH_PIXELS)
                Image.fromarray(255 * rough.astype(np.uint8)).save(folder / path.name)
        return folder

    def draw_true_masks(self, rows: Sequence[Row]) -> Path:
        """A folder of the silhouettes at the true poses, off by as much as these are."""
        folder = self._place("video_masks")
        renderer = Renderer(load_mesh(rows[0]["mesh"]))
        for row in rows:
            path = folder / f"{Path(row['image']).stem}.png"
            if not path.is_file():
                world = parse_camera(json.loads(Path(row["gt"]).read_text(encoding="utf-8")), row["gt"])
                camera = renderer.mesh.to_normalized(world).to("cpu", torch.float32)
                mask = renderer.draw(camera)[0][0, 3]
                Image.fromarray((255 * mask).round().byte().numpy()).save(path)
        return folder

    def strip_texture(self, mesh: Path) -> Path:
        """The same shape, gray."""
        path = self._place("plain") / mesh.name
        if not path.is_file():
            shape = trimesh.load(mesh, force="scene").to_geometry()
            plain = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
            plain.visual.face_colors = GRAY
            path.write_bytes(trimesh.Scene(plain).export(file_type="glb"))
        return path

    def _place(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder
