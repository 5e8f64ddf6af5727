"""The object's mask in an image: alpha, else a mask file, else what a segmenter finds, else a plain background."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8

from camera_estimation.errors import InputError, NoMaskError
from camera_estimation.images.mask_file import read_mask_file
from camera_estimation.images.mask_places import mask_names
from camera_estimation.images.plausibility import (
    covers_all,
    hides_something,
    looks_inverted,
    visible_box,
    without_soft_shadow,
)
from camera_estimation.images.source_image import (
    ALPHA,
    HALF_COVERED,
    INVERTED,
    PLAIN_BACKGROUND,
    SHADOWLESS,
    SourceImage,
)
from camera_estimation.segmentation import (
    FOREGROUND,
    Picture,
    Prompt,
    Segmenter,
    has_lossy_format,
    object_mask,
)

# Alpha that hides less of a picture than this hides nothing; more of it, about the edge, may be all that is left of a
# cut-out around a box that fills it.
LEAST_TRIMMED = 0.005
Coverage = UInt8[np.ndarray, "H W"]
# What is told where the mesh has taken another mask of an image, and where it has left one.
TAKEN = {
    INVERTED: "its mask (from {source}) is inverted: what it leaves out explains the mesh, and was taken",
    SHADOWLESS: "what looks like its shadow or reflection was left out of the mask (from {source})",
    ALPHA: "its alpha, which only trims the picture, explains the mesh better than what stands out from the "
    "background, and was taken",
}
LEFT = {
    INVERTED: "its mask (from {source}) covers the border of the picture, but its opposite explains the mesh less: is "
    "the mask right?",
}


@dataclass(frozen=True)
class MaskSources:
    """Where masks may be from, beside an image's alpha.

    Args:
        file: The mask file, if there is one.
        masks_dir: Where it was looked for.
        label: Which of the labels of a mask file is the object; "": it has not several.
        segmenter: What finds the object where neither alpha nor a file says.
        prompt: Where it looks.
    """

    file: Path | None = None
    masks_dir: str | Path | None = None
    label: str = ""
    segmenter: Segmenter | None = None
    prompt: Prompt = field(default_factory=Prompt)


@dataclass(frozen=True)
class ObjectMask:
    """A mask with what speaks against it.

    Args:
        coverage: By the object.
        source: Where it is from, as in ``SourceImage.mask_source``.
        origin: The file that says so.
        others: What may be the object's mask as well, by kind.
        remarks: Lines about what the files have that was not used.
    """

    coverage: Coverage
    source: str
    origin: Path
    others: tuple[tuple[str, Coverage], ...] = ()
    remarks: tuple[str, ...] = ()


def find_object_mask(path: Path, rgba: UInt8[np.ndarray, "H W 4"], sources: MaskSources) -> ObjectMask:
    """The mask of the first source that has one.

    Raises:
        InputError: There is none, or it cannot be used; one line.
    """
    alpha = rgba[..., 3]
    if alpha.min() < HALF_COVERED and hides_something(alpha):
        without = without_soft_shadow(alpha)
        others = () if without is None else ((SHADOWLESS, without),)
        return _doubt(ObjectMask(alpha.copy(), ALPHA, path, others))
    if sources.file is not None:
        mask = read_mask_file(sources.file, sources.label)
        if mask.shape != alpha.shape:
            raise InputError(
                f"{sources.file}: the mask has {mask.shape[1]}x{mask.shape[0]} pixels and {path.name} "
                f"{alpha.shape[1]}x{alpha.shape[0]}; give a mask of the image's size in --masks_dir, or --mask none to "
                "do without"
            )
        return _doubt(ObjectMask(mask, "file", sources.file, remarks=_remark_trimmed(alpha, "its mask file")))
    if sources.segmenter is not None:
        mask = _segment(path, rgba, sources.segmenter, sources.prompt)
        remarks = _remark_trimmed(alpha, f"what {sources.segmenter.name} finds")
        return _doubt(ObjectMask(mask, sources.segmenter.name, path, remarks=remarks))
    return _cut_background(path, rgba, sources)


def _remark_trimmed(alpha: Coverage, instead: str) -> tuple[str, ...]:
    if alpha.min() >= HALF_COVERED:
        return ()
    return (f"its alpha only trims the picture, and is not taken as the mask: {instead} is",)


def _cut_background(path: Path, rgba: UInt8[np.ndarray, "H W 4"], sources: MaskSources) -> ObjectMask:
    """What stands out from a plain background, where alpha leaves the picture."""
    from camera_estimation.segmentation import cut_plain_background  # here: it loads scipy

    alpha = rgba[..., 3]
    visible = alpha >= HALF_COVERED
    box = visible_box(visible)
    window = box if box is not None and not visible.all() else (slice(None), slice(None))
    found = cut_plain_background(_fill_clear(rgba[window]), has_lossy_format(path))
    trimmed = 1 - visible.mean() >= LEAST_TRIMMED
    if found is None and trimmed:
        lines = ("its alpha only trims the picture, and is taken as the mask as there is no other",)
        return ObjectMask(alpha.copy(), ALPHA, path, remarks=lines)
    if found is None:
        raise NoMaskError(
            f"{path}: has no transparency, no mask file and no plain background; give an image with alpha, a mask "
            f"{mask_names(path, sources.masks_dir)} (--masks_dir), or a --segmenter such as rembg"
        )
    others = [] if found.without_shadow is None else [(SHADOWLESS, _place(found.without_shadow, window, visible))]
    if trimmed:
        others.append((ALPHA, alpha.copy()))
    mask = _place(found.coverage, window, visible)
    remarks = _remark_trimmed(alpha, "what stands out from its background")
    return ObjectMask(mask, PLAIN_BACKGROUND, path, tuple(others), remarks)


def _fill_clear(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 3"]:
    """Colors with those of the nearest visible pixels where the picture is clear."""
    clear = rgba[..., 3] < HALF_COVERED
    if not clear.any() or clear.all():
        return rgba[..., :3]
    from scipy import ndimage

    rows, columns = ndimage.distance_transform_edt(clear, return_distances=False, return_indices=True)
    return rgba[rows, columns, :3]


def _place(mask: UInt8[np.ndarray, "h w"], window: tuple[slice, slice], visible: Bool[np.ndarray, "H W"]) -> Coverage:
    """A mask of a window as one of the whole picture, nothing where that is clear."""
    whole = np.zeros(visible.shape, dtype=np.uint8)
    whole[window] = mask
    return whole * visible


def _segment(path: Path, rgba: UInt8[np.ndarray, "H W 4"], segmenter: Segmenter, prompt: Prompt) -> Coverage:
    prompts = {} if prompt.empty else {FOREGROUND: (prompt,)}
    picture = Picture(path, np.ascontiguousarray(rgba[..., :3]), has_lossy_format(path), prompts)
    return np.round(255 * object_mask(picture, segmenter)).astype(np.uint8)


def _doubt(found: ObjectMask) -> ObjectMask:
    """The mask with its opposite, where that is more plausible; and a line if it says nothing."""
    if looks_inverted(found.coverage):
        others = (*found.others, (INVERTED, 255 - found.coverage))
        return ObjectMask(found.coverage, found.source, found.origin, others, found.remarks)
    if covers_all(found.coverage):
        line = f"its mask (from {found.source}) covers all of the picture: is that the object?"
        return ObjectMask(found.coverage, found.source, found.origin, found.others, (*found.remarks, line))
    return found


def mask_remarks(image: SourceImage, taken: str) -> list[str]:
    """Lines about the masks of an image.

    Args:
        image: As it was loaded.
        taken: The kind of the mask that the estimate took; "": the image's own.
    """
    if taken:
        told = image.remarks if taken != ALPHA else ()
        return [*told, TAKEN[taken].format(source=image.mask_source)]
    left = [LEFT[other.kind] for other in image.other_masks if other.kind in LEFT]
    return [*image.remarks, *(line.format(source=image.mask_source) for line in left)]
