"""The pictures in the folder of a sample: drawn where the mesh is, composed and written wherever there is time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.configuration import Pictures
from camera_estimation.export import BENT_OVERLAY_NAME
from camera_estimation.io import write_image, write_pixels
from camera_estimation.rendering import create_renderer
from camera_estimation.visualization import (
    MaskLevels,
    Rgb,
    Rgba,
    bound_image,
    comparison_picture,
    image_from_pixels,
    overlay_picture,
    render_camera,
    source_mask,
    source_picture,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from camera_estimation.estimation import CameraEstimate, KeypointAgreement
    from camera_estimation.geometry import Camera, Lens
    from camera_estimation.images import SourceImage
    from camera_estimation.mesh import Bend
    from camera_estimation.rendering import Renderer

RENDER_NAME, OVERLAY_NAME, COMPARISON_NAME, MASK_NAME = "render.png", "overlay.png", "comparison.png", "mask.png"
EVIDENCE_NAME = "evidence.png"  # only where depth or weights of pixels were given
# By the setting, of the files that every finished sample has.
PICTURE_NAMES: dict[Pictures, tuple[str, ...]] = {
    "all": (RENDER_NAME, OVERLAY_NAME, COMPARISON_NAME, MASK_NAME),
    "overlay": (OVERLAY_NAME,),
    "none": (),
}
SOME_NAMES = (EVIDENCE_NAME, BENT_OVERLAY_NAME)  # which only some samples have


@dataclass(frozen=True)
class DrawnSample:
    """What the pictures of a sample are made of.

    Args:
        pictures: Which are written.
        image: The sample's, with the distortion of its lens.
        picture: What ``bound_image`` makes of it.
        render: The mesh in the frame of ``picture``.
        bent: The mesh as it was bent, likewise; None: it was not.
        evidence: evidence.png; None: there is none.
        agreement: Of the keypoints that were given; None: there are none.
    """

    pictures: Pictures
    image: SourceImage
    picture: SourceImage
    render: Rgba
    bent: Rgba | None = None
    evidence: Image | None = None
    agreement: KeypointAgreement | None = None

    @property
    def pixels(self) -> int:
        """Of the image in its own size, in which it waits."""
        return self.image.width * self.image.height


@dataclass(frozen=True)
class ShownPictures:
    """What a report shows of a sample, of one size."""

    source: Rgb
    render: Rgba
    mask: MaskLevels


def draw_estimate(
    estimate: CameraEstimate, image: SourceImage, renderer: Renderer, name: str, pictures: Pictures
) -> DrawnSample | None:
    """All that the mesh has to be drawn for.

    Args:
        estimate: The result of the sample.
        image: That it is of, with the distortion of its lens.
        renderer: Of the mesh.
        name: Of the sample.
        pictures: Which are wanted; of "none" nothing is drawn.
    """
    if pictures == "none":
        return None
    lens = None if estimate.window is None else estimate.window.lens
    drawn = draw_camera(estimate.camera, lens, image, renderer, pictures)
    if estimate.bend is not None:
        drawn = draw_bent(drawn, estimate.camera, lens, renderer, estimate.bend, estimate.config.renderer)
    if pictures == "all":
        from camera_estimation.visualization import evidence_picture

        drawn = replace(drawn, evidence=evidence_picture(estimate, image, renderer, name))
    return replace(drawn, agreement=estimate.keypoints)


def draw_camera(
    camera: Camera, lens: Lens | None, image: SourceImage, renderer: Renderer, pictures: Pictures
) -> DrawnSample:
    """As ``draw_estimate``, without keypoints and other evidence.

    Args:
        camera: Of the image.
        lens: What distorts it; None: nothing.
        image: Of the sample.
        renderer: Of the mesh.
        pictures: Which are wanted, "all" or "overlay".
    """
    picture = bound_image(image)
    return DrawnSample(pictures, image, picture, render_camera(renderer, camera, lens, picture))


def draw_bent(
    drawn: DrawnSample, camera: Camera, lens: Lens | None, renderer: Renderer, bend: Bend, backend: str
) -> DrawnSample:
    """With the mesh as it was bent, too.

    Args:
        drawn: The sample so far.
        camera: Of the image.
        lens: What distorts it; None: nothing.
        renderer: Of the mesh as it is.
        bend: The deformation that was found.
        backend: What draws, by its name.
    """
    from camera_estimation.mesh import bend_mesh

    bent = create_renderer(bend_mesh(renderer.mesh, bend), backend)
    return replace(drawn, bent=render_camera(bent, camera, lens, drawn.picture))


def write_pictures(folder: Path, drawn: DrawnSample, entry: dict[str, Any]) -> ShownPictures:
    """The pictures that are wanted, and no other ones of an earlier run; nothing is drawn by what draws meshes.

    Args:
        folder: Of the sample.
        drawn: The sample.
        entry: What poses.json says of it.

    Raises:
        InputError: A file cannot be written.
    """
    picture, render, source = drawn.picture, drawn.render, source_picture(drawn.picture)
    names = {*PICTURE_NAMES[drawn.pictures]}
    if RENDER_NAME in names:
        write_pixels(folder / RENDER_NAME, render)
    write_image(folder / OVERLAY_NAME, _overlay_with_keypoints(drawn, source))
    if COMPARISON_NAME in names:
        write_image(folder / COMPARISON_NAME, comparison_picture(picture, render, entry))
    if MASK_NAME in names:
        write_pixels(folder / MASK_NAME, source_mask(drawn.image))
    if drawn.evidence is not None:
        write_image(folder / EVIDENCE_NAME, drawn.evidence)
        names.add(EVIDENCE_NAME)
    if drawn.bent is not None:
        write_pixels(folder / BENT_OVERLAY_NAME, overlay_picture(source, drawn.bent))
        names.add(BENT_OVERLAY_NAME)
    remove_pictures(folder, names)
    return ShownPictures(source, render, source_mask(picture))


def remove_pictures(folder: Path, kept: Iterable[str] = ()) -> None:
    """Take away the pictures of an earlier pose, all but those that are ``kept``. Raises OSError where that is
    impossible."""
    for name in {*PICTURE_NAMES["all"], *SOME_NAMES} - {*kept}:
        (folder / name).unlink(missing_ok=True)


def has_pictures(folder: Path, pictures: Pictures) -> bool:
    """Whether the folder has those that every finished sample has by this setting."""
    return all(os.path.isfile(os.path.join(folder, name)) for name in PICTURE_NAMES[pictures])


def _overlay_with_keypoints(drawn: DrawnSample, source: Rgb) -> Image:
    """With keypoints, where there are some."""
    overlay = image_from_pixels(overlay_picture(source, drawn.render))
    keypoints, agreement = drawn.image.evidence.keypoints, drawn.agreement
    if keypoints is None or agreement is None:
        return overlay
    from camera_estimation.visualization import draw_keypoints

    # Keypoints are in pixels of the image, which may be shown with fewer.
    scale = keypoints.uv.new_tensor(
        (drawn.picture.width / drawn.image.width, drawn.picture.height / drawn.image.height)
    )
    projected = agreement.projected * scale.to(agreement.projected)
    keypoints = replace(keypoints, uv=keypoints.uv * scale)
    return draw_keypoints(overlay, keypoints, projected, agreement.rejected, agreement.hidden)
