"""A sample on the page: its files, what was marked on it, and its result."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.dataset import ImageSources, ObjectMark, Sample
from camera_estimation.geometry import camera_values
from camera_estimation.io import json_text, write_text
from camera_estimation.results import PoseFile, failure_entry
from camera_estimation.segmentation import cache_path

if TYPE_CHECKING:
    from camera_estimation.configuration import Configuration
    from camera_estimation.estimation import CameraEstimate
    from camera_estimation.geometry import Camera

MASKS, KEYPOINTS, PICTURES = "masks", "keypoints", "pictures"


@dataclass(frozen=True)
class ShownInsertion:
    """An object in a photograph: the picture, its insertion.json, and what a page is told of both."""

    picture: Path
    record: Path
    values: dict[str, Any]


@dataclass(eq=False)
class Subject:
    """A sample on the page.

    Attributes:
        number: By which the page asks for it.
        sample: As it was given.
        origin: "example", "folder", "run" or "upload".
        folder: Where what is marked on it is kept.
        sources: What was given beside its picture when the studio started.
        entry: Its result as poses.json has it; None: there is none yet.
        estimate: The same in memory, where it was made here.
        result_folder: Of the files of its result.
        box: Left, top, right and bottom in pixels, drawn on the page.
        settings: Those that its result is from, as far as they are known.
        started_from: The pose that its result was refined from, without a search.
        run: The folder of the run that its result is in, or its poses.json; None: there is none.
        run_name: Its name there.
        insertion: The last object that was put into its photograph.
        compared: Results of objectives that were compared on it, and their settings, by their names.
    """

    number: int
    sample: Sample
    origin: str
    folder: Path
    sources: ImageSources = field(default_factory=ImageSources)
    entry: dict[str, Any] | None = None
    estimate: CameraEstimate | None = None
    result_folder: Path | None = None
    box: tuple[float, float, float, float] | None = None
    settings: Configuration | None = None
    started_from: Camera | None = None
    run: Path | None = None
    run_name: str = ""
    insertion: ShownInsertion | None = None
    compared: dict[str, tuple[CameraEstimate, Configuration]] = field(default_factory=dict)

    @property
    def mask_path(self) -> Path:
        """Of the mask that was painted on the page; whether it is there says whether one was."""
        return self.folder / MASKS / f"{self.sample.image_path.stem}.png"

    @property
    def regions_path(self) -> Path:
        """Of the regions that were found on the page."""
        return cache_path(self.sample.image_path, self.folder / MASKS)

    @property
    def keypoints_path(self) -> Path:
        """Of the pins that were saved."""
        return self.folder / KEYPOINTS / f"{self.sample.image_path.stem}.json"

    @property
    def flat_picture_path(self) -> Path:
        """Of the picture without its alpha, which would be taken before a painted mask."""
        return self.folder / PICTURES / f"{self.sample.image_path.stem}.png"

    @property
    def marked_sample(self) -> Sample:
        """The sample as it is estimated: with what was marked on the page in the place of what was given."""
        if not self.mask_path.is_file():
            return self.sample
        flat = self.flat_picture_path
        image = flat if flat.is_file() else self.sample.image_path
        return replace(self.sample, mark=ObjectMark(), image_path=image)

    @property
    def marked_sources(self) -> ImageSources:
        """Where the files are that belong to ``marked_sample``."""
        sources = self.sources
        if self.mask_path.is_file() or self.regions_path.is_file():
            sources = replace(sources, masks_dir=self.mask_path.parent)
        if self.keypoints_path.is_file():
            sources = replace(sources, keypoints_dir=self.keypoints_path.parent)
        if self.box is not None:
            sources = replace(sources, boxes={self.marked_sample.image_path.name: self.box})
        return sources

    def write_box_file(self) -> Path | None:
        """The box as ``--boxes`` reads it; None where none is drawn."""
        if self.box is None:
            return None
        path = self.folder / "boxes.json"
        write_text(path, json_text({self.marked_sample.image_path.name: list(self.box)}) + "\n")
        return path

    def write_start_file(self) -> Path | None:
        """The pose that the result was refined from, as ``--init`` reads it; None where it was searched."""
        if self.started_from is None:
            return None
        sample = self.marked_sample
        entry = {**failure_entry(sample, ""), "status": "ok", "error": None, **camera_values(self.started_from)}
        PoseFile(self.folder / "start", [sample.name]).record(entry)
        return self.folder / "start" / "poses.json"

    def write_pair_file(self) -> Path | None:
        """The pair with its mark as ``--pairs`` reads it; None where it needs none."""
        sample = self.marked_sample
        if not sample.mark:
            return None
        mark = sample.mark
        row = {
            "mesh": sample.mesh_path.resolve(),
            "image": sample.image_path.resolve(),
            "mask": mark.mask_path.resolve() if mark.mask_path else "",
            "instance": mark.instance,
            "box": "" if mark.box is None else " ".join(f"{side:g}" for side in mark.box),
        }
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row))
        writer.writeheader()
        writer.writerow(row)
        path = self.folder / "pairs.csv"
        write_text(path, text.getvalue())
        return path
