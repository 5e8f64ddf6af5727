"""The exporter for instant-ngp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry

# How many times the box of ``aabb``, a side, the surroundings are that are learned too: a power of two.
SURROUNDINGS_SCALE, OBJECT_SCALE = 16, 1
# k3 of a lens that is no fisheye, and p1 and p2 of a fisheye, are read as something else by instant-ngp.
PINHOLE_COEFFICIENTS, FISHEYE_COEFFICIENTS = ("k1", "k2", "p1", "p2"), ("k1", "k2", "k3", "k4")


@exporter_registry.register("instant-ngp")
class InstantNGPExporter(Exporter):
    """Nothing about lenses stands in the head of the file: frames could not take it back."""

    description = "transforms.json: for instant-ngp"
    one_mesh = True
    files = ("transforms.json",)
    used_pictures = ("mask.png",)
    option_help: ClassVar = {"alpha": "1: copy the pictures with the run's mask as alpha: the object alone is learned"}

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._transforms_json import mask_of_sample, write_transforms

        alpha = self._alpha()
        lenses = [_lens_values(image) for image in images]
        pictures = [_cut_out(image, folder) for image in images] if alpha else None
        shared: dict[str, Any] = {"aabb_scale": OBJECT_SCALE if alpha else SURROUNDINGS_SCALE}
        box = _box_of_views(images)
        if box is not None:
            shared["aabb"] = box
        masks = [mask_of_sample(image) for image in images]
        return [write_transforms(images, lenses, folder, shared, pictures, masks)]

    def _alpha(self) -> bool:
        value = self.options.get("alpha", "0")
        if value not in ("0", "1"):
            raise InputError(f"--option {self.name}.alpha: '{value}' is neither 0 nor 1")
        return value == "1"


def _lens_values(image: PosedImage) -> Mapping[str, Any]:
    from camera_estimation.export._camera_arrays import distortion_of
    from camera_estimation.geometry import FISHEYE

    distortion = distortion_of(image)
    if distortion is None:
        return {}
    fisheye = distortion.model == FISHEYE
    known = FISHEYE_COEFFICIENTS if fisheye else PINHOLE_COEFFICIENTS
    named = {name: value for name, value in distortion.named_coefficients.items() if value}
    beyond = [name for name in named if name not in known]
    if beyond:
        raise InputError(
            f"'{image.name}' has the distortion coefficient {', '.join(beyond)}, instant-ngp knows {', '.join(known)}; "
            "calibrate with these alone, or undistort the pictures first"
        )
    if not named:
        raise InputError(
            f"'{image.name}' is of a fisheye whose coefficients are all 0, which instant-ngp takes for a pinhole; "
            "export nerfstudio, or undistort the pictures first"
        )
    return {**({"is_fisheye": True} if fisheye else {}), **{name: named.get(name, 0.0) for name in known}}


def _box_of_views(images: Sequence[PosedImage]) -> list[list[float]] | None:
    """The cube, in the world that points up with Z, that holds what pictures show where they look; None where the run
    does not say."""
    import numpy as np

    from camera_estimation.export._camera_arrays import intrinsics

    points, reaches = [], []
    for image in images:
        orbit = image.entry.get("orbit")
        if orbit:
            fx, fy, _, _ = intrinsics(image)
            points.append(orbit["look_at"])
            reaches.append(orbit["radius"] * max(image.camera.width / fx, image.camera.height / fy) / 2)
    if not points:
        return None
    center = np.mean(points, axis=0)
    reach = max(float(np.linalg.norm(point - center)) + size for point, size in zip(points, reaches, strict=True))
    return [(center - reach).tolist(), (center + reach).tolist()]


def _cut_out(image: PosedImage, folder: Path) -> Path:
    """A copy of the picture whose alpha is the run's mask."""
    import numpy as np
    from PIL import Image

    from camera_estimation.export._transforms_json import mask_of_sample
    from camera_estimation.export.pictures import PICTURE_FOLDER
    from camera_estimation.images import read_upright
    from camera_estimation.io import write_image

    mask = mask_of_sample(image)
    if mask is None:
        raise InputError(f"'{image.name}' has no mask in the run's folder; export without alpha, or estimate it again")
    pixels = np.array(read_upright(image.image_path))
    pixels[..., 3] = read_upright(mask)[..., 0]
    path = folder / PICTURE_FOLDER / f"{image.name}.png"
    write_image(path, Image.fromarray(pixels))
    return path
