"""Several objects in one image: a picture of all of them, and once more those that others were found to be in front of.

Their meshes must have one unit of length, for which of two is nearer is told by their poses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, UInt8

from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.dataset import Sample, natural_order

if TYPE_CHECKING:
    from camera_estimation.visualization import SceneLayer

FEWEST = 2  # objects of a scene
LONGEST_SIDE = 2048  # pixels of pictures of scenes
LEAST_HIDDEN = 0.01  # of an object's pixels that others must hide for it to be estimated again
ROOM = 2  # pixels about what hides an object that are not known either: poses are not exact
Entries = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class SharedImage:
    """The samples of one image that are about different objects in it; ``name`` is that of its picture."""

    name: str
    samples: tuple[Sample, ...]


def find_scenes(samples: Sequence[Sample]) -> list[SharedImage]:
    """The images of which several samples say which object they are about. Several meshes of one object are none."""
    by_image: dict[Path, list[Sample]] = {}
    for sample in samples:
        if sample.mark:
            by_image.setdefault(sample.image_path, []).append(sample)
    several = {path: own for path, own in by_image.items() if len({sample.mark for sample in own}) >= FEWEST}
    scenes: list[SharedImage] = []
    taken: set[str] = set()
    for path in sorted(several, key=lambda path: natural_order(path.as_posix())):
        number, name = 1, f"scene_{path.stem}.png"
        while name.casefold() in taken:
            number += 1
            name = f"scene_{path.stem}_{number}.png"
        taken.add(name.casefold())
        scenes.append(SharedImage(name, tuple(several[path])))
    return scenes


class SceneWorker:
    """Looks at finished samples of one image together.

    Args:
        single: Loads, estimates and writes samples.
    """

    def __init__(self, single: SampleWorker) -> None:
        self.single, self.plan, self.progress = single, single.plan, single.progress

    def process(self, scene: SharedImage, entries: Entries) -> Iterator[SampleOutcome]:
        """How samples ended that were estimated again; writes the scene's picture.

        Args:
            scene: The samples.
            entries: What poses.json says of them.
        """
        found = {sample: entries[sample.name] for sample in scene.samples if entries[sample.name]["status"] == "ok"}
        if not found:
            (self.plan.output_dir / scene.name).unlink(missing_ok=True)  # of an earlier run
            return
        layers = {sample: self._draw(sample, entry) for sample, entry in found.items()}
        for sample in self._list_overlapped(found, layers):
            self.progress.start(sample.name)
            outcome = self.single.attempt(sample, partial(self._estimate_again, sample, found, layers))
            if outcome is not None and outcome.entry["status"] == "ok":
                found[sample] = outcome.entry
                layers[sample] = self._draw(sample, outcome.entry)
                yield outcome
        if self.plan.config.pictures == "none":
            (self.plan.output_dir / scene.name).unlink(missing_ok=True)  # of an earlier run
        else:
            self._write_picture(scene, list(layers.values()))

    def _draw(self, sample: Sample, entry: dict[str, Any]) -> SceneLayer:
        from camera_estimation.results import camera_of, lens_of
        from camera_estimation.visualization import draw_layer

        width, height = picture_size(entry["width"], entry["height"])
        renderer = self.single.estimator(sample.mesh_path).renderer
        return draw_layer(renderer, camera_of(entry), lens_of(entry), width, height)

    def _list_overlapped(self, found: dict[Sample, dict[str, Any]], layers: dict[Sample, SceneLayer]) -> list[Sample]:
        """Those that others hide a part of, the nearest first: what is in front of them is settled by then."""
        if self.plan.joint or self.plan.random_init is not None or self.plan.config.mask == "none":
            return []
        behind = []
        for sample, layer in layers.items():
            hidden = self._find_hidden(sample, found, layers)
            if (hidden & layer.covered).sum() > LEAST_HIDDEN * max(1, layer.covered.sum()):
                behind.append(sample)
        return sorted(behind, key=lambda sample: layers[sample].center)

    def _find_hidden(
        self, sample: Sample, found: dict[Sample, dict[str, Any]], layers: dict[Sample, SceneLayer]
    ) -> Bool[np.ndarray, "H W"]:
        """Where others, if their poses are believed, are in front of a sample's object."""
        from camera_estimation.estimation import WRONG
        from camera_estimation.visualization import find_hidden_area

        order = list(layers)
        others = [place for place, each in enumerate(order) if each != sample and found[each].get("verdict") != WRONG]
        return find_hidden_area(list(layers.values()), order.index(sample), others)

    def _estimate_again(
        self, sample: Sample, found: dict[Sample, dict[str, Any]], layers: dict[Sample, SceneLayer]
    ) -> SampleOutcome | None:
        """From the pose that was found, without what others hide; None if that is less sure than before."""
        from camera_estimation.results import camera_of
        from camera_estimation.tracking import SCENE, LocatedEstimate

        entry = found[sample]
        known = mask_of_known(self._find_hidden(sample, found, layers), entry["width"], entry["height"])
        loaded = self.single.load(sample, known)
        estimate = loaded.estimator.estimate(
            loaded.image,
            intrinsics=loaded.intrinsics,
            initial=camera_of(entry),
            searched=0,
            nearly_right=True,
            progress=self.progress.stage,
        )
        if estimate.confidence < (entry.get("confidence") or 0.0):
            return None
        self.progress.remark(f"{sample.name}: estimated again without what other objects of its image hide")
        return self.single.finish(self.single.prepare(loaded, LocatedEstimate(estimate, SCENE)))

    def _write_picture(self, scene: SharedImage, layers: Sequence[SceneLayer]) -> None:
        from camera_estimation.images import read_upright
        from camera_estimation.io import write_image
        from camera_estimation.visualization import image_from_pixels, scene_picture

        height, width = layers[0].distance.shape
        source = image_from_pixels(read_upright(scene.samples[0].image_path)[..., :3]).resize((width, height))
        write_image(self.plan.output_dir / scene.name, image_from_pixels(scene_picture(np.asarray(source), layers)))


def picture_size(width: int, height: int) -> tuple[int, int]:
    """Of the picture of a scene."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(1, round(scale * width)), max(1, round(scale * height))


def mask_of_known(hidden: Bool[np.ndarray, "H W"], width: int, height: int) -> UInt8[np.ndarray, "h w"]:
    """What is not hidden, as 255, at the size of the image."""
    import cv2

    reach = cv2.dilate(hidden.astype(np.uint8), np.ones((2 * ROOM + 1, 2 * ROOM + 1), np.uint8))
    return 255 * (1 - cv2.resize(reach, (width, height), interpolation=cv2.INTER_NEAREST))
