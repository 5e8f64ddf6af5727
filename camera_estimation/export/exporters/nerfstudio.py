"""The exporter for nerfstudio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

PINHOLE_MODEL, FISHEYE_MODEL = "OPENCV", "OPENCV_FISHEYE"  # nerfstudio's names
COEFFICIENTS = {PINHOLE_MODEL: ("k1", "k2", "p1", "p2", "k3"), FISHEYE_MODEL: ("k1", "k2", "k3", "k4")}


@exporter_registry.register("nerfstudio")
class NerfstudioExporter(Exporter):
    """A file holds one camera model, with masks for all of its frames or for none."""

    description = "transforms.json, with masks: for nerfstudio's ns-train"
    one_mesh = True
    files = ("transforms.json",)
    used_pictures = ("mask.png",)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._transforms_json import write_transforms

        model = _common_model(images)
        # Without the override nerfstudio turns the world by the cameras' mean upward direction.
        shared = {"camera_model": model, "orientation_override": "none"}
        lenses = [_nerfstudio_coefficients(image, model) for image in images]
        return [write_transforms(images, lenses, folder, shared, masks=_masks(images, folder))]


def _common_model(images: Sequence[PosedImage]) -> str:
    from camera_estimation.export._camera_arrays import distortion_of
    from camera_estimation.geometry import FISHEYE

    fisheyes = [(lens := distortion_of(image)) is not None and lens.model == FISHEYE for image in images]
    if any(fisheyes) and not all(fisheyes):
        one, other = images[fisheyes.index(True)].name, images[fisheyes.index(False)].name
        raise InputError(
            f"'{one}' is of a fisheye and '{other}' is not, and a transforms.json of nerfstudio has one camera model; "
            "estimate them in two runs"
        )
    return FISHEYE_MODEL if all(fisheyes) else PINHOLE_MODEL


def _nerfstudio_coefficients(image: PosedImage, model: str) -> Mapping[str, float]:
    from camera_estimation.export._camera_arrays import distortion_of

    distortion = distortion_of(image)
    named = {} if distortion is None else distortion.named_coefficients
    beyond = [name for name, value in named.items() if value and name not in COEFFICIENTS[model]]
    if beyond:
        raise InputError(
            f"'{image.name}' has the distortion coefficient {', '.join(beyond)}, nerfstudio knows "
            f"{', '.join(COEFFICIENTS[model])}; calibrate with these alone, or undistort the pictures first"
        )
    return {name: named.get(name, 0.0) for name in COEFFICIENTS[model]}


def _masks(images: Sequence[PosedImage], folder: Path) -> list[Path] | None:
    """Those of the run; an image without one gets a white one, for all have one or none has."""
    from PIL import Image

    from camera_estimation.export._transforms_json import mask_of_sample
    from camera_estimation.io import write_image

    found = [mask_of_sample(image) for image in images]
    if not any(found):
        return None
    masks = []
    for image, mask in zip(images, found, strict=True):
        if mask is None:
            mask = folder / "masks" / f"{image.name}.png"
            write_image(mask, Image.new("L", (image.camera.width, image.camera.height), 255))
        masks.append(mask)
    return masks
