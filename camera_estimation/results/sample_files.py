"""The folder of one sample: its camera, pictures and the mesh in camera space."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.export import BEND_NAME, BENT_OVERLAY_NAME, Exporter, create_exporter, exporter_registry
from camera_estimation.io import write_image
from camera_estimation.rendering import create_renderer
from camera_estimation.results.camera_file import CAMERA_NAME, write_camera
from camera_estimation.results.posed_images import image_of_entry
from camera_estimation.results.sample_maps import remove_maps
from camera_estimation.results.stages_file import STAGES_NAME, write_stages
from camera_estimation.visualization import (
    MaskLevels,
    Rgb,
    Rgba,
    bound_image,
    comparison_picture,
    image_from_pixels,
    overlay_picture,
    render_estimate,
    source_mask,
    source_picture,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from camera_estimation.estimation import CameraEstimate, KeypointAgreement
    from camera_estimation.images import Keypoints, SourceImage
    from camera_estimation.rendering import Renderer

EVIDENCE_NAME = "evidence.png"  # only where depth or weights of pixels were given
BEND_FILES = (BEND_NAME, BENT_OVERLAY_NAME)  # only where a deformation was found
PICTURES = ("render.png", "overlay.png", "comparison.png", "mask.png")


@dataclass(frozen=True)
class WrittenSample:
    """What is told of a sample whose files are written.

    Attributes:
        pictures: Source, render and mask, as result pictures show them.
        remarks: Lines.
    """

    pictures: tuple[Rgb, Rgba, MaskLevels]
    remarks: tuple[str, ...] = ()


def sample_exporters() -> dict[str, type[Exporter]]:
    """Those whose files every sample has."""
    return {name: cls for name, cls in exporter_registry.classes().items() if cls.always}


def sample_file_names() -> list[str]:
    """Of the files that a finished sample's folder has."""
    exported = [name for cls in sample_exporters().values() for name in cls.files]
    return [CAMERA_NAME, STAGES_NAME, *PICTURES, *exported]


def is_complete(folder: Path) -> bool:
    """Whether the folder has all files that a finished sample has."""
    return all((folder / name).is_file() for name in sample_file_names())


def clear_sample(folder: Path) -> None:
    """Take away what an earlier run left of a sample that failed now; other files stay."""
    remove_maps(folder)
    with contextlib.suppress(OSError):  # the folder is absent, holds files of others, or is not ours to change
        for name in (*sample_file_names(), EVIDENCE_NAME, *BEND_FILES):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def write_sample(
    folder: Path, entry: dict[str, Any], estimate: CameraEstimate, image: SourceImage, renderer: Renderer
) -> WrittenSample:
    """All files of a finished sample.

    Args:
        folder: Of the sample, see ``sample_folder``.
        entry: What poses.json says of it.
        estimate: Its result.
        image: That it is of, with the distortion of its lens.
        renderer: Of its mesh.

    Returns:
        What a report shows, and lines about what files for other programs leave out or show otherwise.

    Raises:
        InputError: A file cannot be written.
    """
    picture = bound_image(image)
    render = render_estimate(renderer, estimate, picture)
    remove_maps(folder)  # of an earlier pose; those that are asked for are written after the run
    write_camera(folder, entry, estimate, image)
    write_stages(folder, estimate)
    write_image(folder / "render.png", image_from_pixels(render))
    source = source_picture(picture)
    overlay = image_from_pixels(overlay_picture(source, render))
    if image.evidence.keypoints is not None and estimate.keypoints is not None:
        share = (picture.width / image.width, picture.height / image.height)
        overlay = _with_keypoints(overlay, image.evidence.keypoints, estimate.keypoints, share)
    write_image(folder / "overlay.png", overlay)
    _write_evidence(folder / EVIDENCE_NAME, estimate, image, renderer, entry["name"])
    _write_bend(folder, estimate, renderer, picture, source)
    write_image(folder / "comparison.png", comparison_picture(picture, render, entry))
    write_image(folder / "mask.png", image_from_pixels(source_mask(image)))
    posed = image_of_entry(entry, folder, lambda: renderer.mesh, estimate.camera)
    exporters = [create_exporter(name) for name in sample_exporters()]
    for exporter in exporters:
        exporter.write([posed], folder)
    remarks = tuple(line for exporter in exporters for line in exporter.remarks)
    return WrittenSample((source, render, source_mask(picture)), remarks)


def _write_evidence(path: Path, estimate: CameraEstimate, image: SourceImage, renderer: Renderer, name: str) -> None:
    from camera_estimation.visualization import evidence_picture

    shown = evidence_picture(estimate, image, renderer, name)
    if shown is None:
        path.unlink(missing_ok=True)  # of an earlier run
    else:
        write_image(path, shown)


def _write_bend(folder: Path, estimate: CameraEstimate, renderer: Renderer, picture: SourceImage, source: Rgb) -> None:
    """The deformation that was found, and the picture with the mesh as it was bent over it: that of the mesh as it is
    may be visibly off."""
    from camera_estimation.mesh import bend_mesh, write_bend

    if estimate.bend is None:
        for name in BEND_FILES:  # of an earlier run
            (folder / name).unlink(missing_ok=True)
        return
    write_bend(folder / BEND_NAME, estimate.bend)
    bent = create_renderer(bend_mesh(renderer.mesh, estimate.bend), estimate.config.renderer)
    render = render_estimate(bent, estimate, picture)
    write_image(folder / BENT_OVERLAY_NAME, image_from_pixels(overlay_picture(source, render)))


def _with_keypoints(
    overlay: Image, keypoints: Keypoints, agreement: KeypointAgreement, share: tuple[float, float]
) -> Image:
    """``share`` is the overlay's size as a share of the image's, in whose pixels keypoints are."""
    from camera_estimation.visualization import draw_keypoints

    scale = keypoints.uv.new_tensor(share)
    projected = agreement.projected * scale.to(agreement.projected)
    keypoints = replace(keypoints, uv=keypoints.uv * scale)
    return draw_keypoints(overlay, keypoints, projected, agreement.rejected, agreement.hidden)
