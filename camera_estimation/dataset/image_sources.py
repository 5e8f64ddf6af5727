"""Images with all that is known of them: masks, boxes, keypoints, depth and regions, from files of their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.configuration import Configuration
from camera_estimation.dataset._lacking_files import (
    count_files,
    count_masks,
    count_region_masks,
    list_cloud_folders,
    region_file,
)
from camera_estimation.dataset.boxes import Box
from camera_estimation.dataset.naming import NamedEntries
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError, NoMaskError
from camera_estimation.images import (
    depth_file,
    find_mask_file,
    is_annotation_file,
    keypoints_file,
    load_coco,
)
from camera_estimation.io import file_sha256
from camera_estimation.segmentation import Point

if TYPE_CHECKING:
    from camera_estimation.images import Evidence, SourceImage


KEYPOINTS, DEPTH, REGIONS = "keypoints", "depth", "regions"
MESH, IMAGE, MASK, BOX, POINTS = "mesh", "image", "mask", "box", "points"


@dataclass(frozen=True)
class ImageSources:
    """Folders and tables that a command line names.

    Args:
        masks_dir: Folder of masks, and of masks of regions; or a file of annotations as COCO has it.
        boxes: Rough boxes by the names of images.
        points: Points on the objects by the names of images.
        keypoints_dir: Folder of keypoints, a file an image.
        depth_dir: Folder of depth images.
        regions: Whether masks of regions are read where there are some.
        needs_masks: Whether an image without a mask is refused, rather than looked through for its object.
    """

    masks_dir: Path | None = None
    boxes: dict[str, Box] = field(default_factory=dict)
    points: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    keypoints_dir: Path | None = None
    depth_dir: Path | None = None
    regions: bool = False
    needs_masks: bool = False

    def load(self, sample: Sample, config: Configuration) -> SourceImage:
        """A sample's image with its object's mask and its evidence.

        Args:
            sample: The image, and which of its objects is meant.
            config: Says how masks are made, or that there are none, and how evidence is read.

        Raises:
            InputError: A file cannot be used; one line.
        """
        from camera_estimation.images import (
            load_marked_image,
            load_source_image,
            load_unmasked_image,
            look_for_object,
        )
        from camera_estimation.segmentation import load_segmenter

        image_path, mark = sample.image_path, sample.mark
        box, points = self.box_of(sample), self.points_of(sample)
        if config.mask == "none":
            return load_unmasked_image(image_path, box, points)
        if (masks := mark.mask_path or self.annotations) is not None:
            image = load_marked_image(image_path, masks, mark.instance, config.mask_label)
            return replace(image, evidence=self._evidence(image, config))
        if mark.instance:
            raise InputError(
                f"{image_path}: --pairs asks for its object {mark.instance} and names no mask; name the file with the "
                "objects in the column mask"
            )
        try:
            image = load_source_image(
                image_path,
                masks_dir=self._folder,
                segmenter=load_segmenter(config),
                box=box,
                points=points,
                mask_label=config.mask_label,
            )
        except NoMaskError:
            evidence = config.evidence
            needed = self._files(image_path) or evidence.region_weights or evidence.matches
            if self.needs_masks or needed:
                raise
            return look_for_object(load_unmasked_image(image_path, box, points), config.device)
        return replace(image, evidence=self._evidence(image, config))

    def load_followed(self, sample: Sample, config: Configuration, plain_background: bool) -> SourceImage:
        """The image of a frame that is followed from the one before: with the mask that is at hand, or without; none is
        made.

        Args:
            sample: The image, and which of its objects is meant.
            config: Says that there are no masks, or which label is the object.
            plain_background: Whether a plain background is looked for.

        Raises:
            InputError: A file cannot be used; one line.
        """
        from camera_estimation.images import load_frame, load_unmasked_image

        path, mark = sample.image_path, sample.mark
        if config.mask == "none":
            return load_unmasked_image(path)
        if mark.mask_path is not None or self.annotations is not None:
            return self.load(sample, config)
        return load_frame(path, self._folder, config.mask_label, plain_background)

    def has_evidence(self, sample: Sample, config: Configuration) -> bool:
        """Whether more is known of the image than its mask."""
        evidence = config.evidence
        return bool(self._files(sample.image_path) or evidence.region_weights or evidence.matches)

    @property
    def annotations(self) -> Path | None:
        """The file that ``masks_dir`` is, if it is one of COCO's and no folder."""
        return self.masks_dir if self.masks_dir is not None and is_annotation_file(self.masks_dir) else None

    @property
    def _folder(self) -> Path | None:
        return None if self.annotations is not None else self.masks_dir

    def _evidence(self, image: SourceImage, config: Configuration) -> Evidence:
        from camera_estimation.images import Evidence, check_categories, load_depth, load_keypoints, pixel_weights
        from camera_estimation.segmentation import load_category_masks, read_categories

        files = self._files(image.path)
        keypoints, depth = files.get(KEYPOINTS), files.get(DEPTH)
        settings = config.evidence
        weights, regions = settings.region_weights, {}
        if weights or (self.regions and region_file(image.path, self._folder) is not None):
            regions = load_category_masks(image.path, self._folder)
        if weights:
            check_categories(weights, read_categories(image.path, self._folder), image.path)
        scale, kind = settings.depth_scale, settings.depth_kind
        return Evidence(
            keypoints=load_keypoints(keypoints) if keypoints else None,
            depth=load_depth(depth, image.width, image.height, scale, kind) if depth else None,
            regions=regions,
            weight=pixel_weights(regions, weights) if weights else None,
            files={kind: file_sha256(path) for kind, path in files.items()},
        )

    def checksums(self, image_path: Path) -> dict[str, str]:
        """What ``Evidence.files`` of an image is now. Raises InputError for a file that cannot be read."""
        return {kind: file_sha256(path) for kind, path in self._files(image_path).items()}

    def files_of(self, sample: Sample, config: Configuration) -> dict[str, Path]:
        """The files that a sample's result depends on and that are there, by what they are."""
        image_path = sample.image_path
        found: dict[str, Path | None] = {MESH: sample.mesh_path, IMAGE: image_path}
        if config.mask != "none":
            found[MASK] = sample.mark.mask_path or self.annotations or find_mask_file(image_path, None, self._folder)
            found[REGIONS] = region_file(image_path, self._folder)
        return {kind: path for kind, path in {**found, **self._files(image_path)}.items() if path is not None}

    def values_of(self, sample: Sample) -> dict[str, Any]:
        """What is known of a sample's object beside files, by what it is."""
        return {BOX: self.box_of(sample), POINTS: self.points_of(sample)}

    def box_of(self, sample: Sample) -> Box | None:
        """The rough box of a sample's object, if one is given."""
        return sample.mark.box or self.box_for_image(sample.image_path)

    def box_for_image(self, image_path: Path) -> Box | None:
        """The rough box that the table of boxes has for an image."""
        return self._boxes_by_name.of(image_path)

    def points_of(self, sample: Sample) -> tuple[Point, ...]:
        """The points on a sample's object, if some are given."""
        return self._points_by_name.of(sample.image_path) or ()

    @cached_property
    def _boxes_by_name(self) -> NamedEntries[Box]:
        return NamedEntries(self.boxes)

    @cached_property
    def _points_by_name(self) -> NamedEntries[tuple[Point, ...]]:
        return NamedEntries(self.points)

    def _files(self, image_path: Path) -> dict[str, Path]:
        found = {
            KEYPOINTS: keypoints_file(self.keypoints_dir, image_path) if self.keypoints_dir else None,
            DEPTH: depth_file(self.depth_dir, image_path) if self.depth_dir else None,
            REGIONS: region_file(image_path, self._folder) if self.regions else None,
        }
        return {kind: path for kind, path in found.items() if path is not None}

    def check(self, samples: Sequence[Sample]) -> list[str]:
        """Lines that tell what some of the images lack.

        Args:
            samples: At least one.

        Raises:
            InputError: A folder is none, or has nothing for any of the images.
        """
        lines = []
        list_cloud_folders(self._folder, self.keypoints_dir, self.depth_dir)
        if self.annotations is not None:
            load_coco(self.annotations)
        elif self.masks_dir is not None:
            lines += count_masks(samples, self.masks_dir)
        if self.keypoints_dir is not None:
            lines += count_files(samples, "--keypoints_dir", self.keypoints_dir, keypoints_file)
        if self.depth_dir is not None:
            lines += count_files(samples, "--depth_dir", self.depth_dir, depth_file)
        if self.regions:
            lines += count_region_masks(samples, self._folder)
        return lines
