"""The exporter for gsplat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

if TYPE_CHECKING:
    from camera_estimation.geometry import Distortion

FILE_NAME = "cameras.npz"
# gsplat's arguments, and the coefficients in their order; of a fisheye radial_coeffs are its four.
COEFFICIENTS = {
    "radial_coeffs": ("k1", "k2", "k3", "k4", "k5", "k6"),
    "tangential_coeffs": ("p1", "p2"),
    "thin_prism_coeffs": ("s1", "s2", "s3", "s4"),
}


@exporter_registry.register("gsplat")
class GsplatExporter(Exporter):
    """Arguments of ``rasterization``, by their names; sizes may differ, and each call has one."""

    description = "cameras.npz: viewmats, Ks, width, height and distortion of gsplat's rasterization"
    one_mesh = True
    files = (FILE_NAME,)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        import numpy as np

        from camera_estimation.export._camera_arrays import camera_matrix, distortion_of, npz_bytes, world_to_camera

        lenses = [distortion_of(image) for image in images]
        arrays = {
            "name": [image.name for image in images],
            "viewmats": np.stack([world_to_camera(image) for image in images]),
            "Ks": np.stack([camera_matrix(image) for image in images]),
            "width": [image.camera.width for image in images],
            "height": [image.camera.height for image in images],
            "camera_model": [_camera_model(lens) for lens in lenses],
            **{name: [_coefficient_rows(lens, names) for lens in lenses] for name, names in COEFFICIENTS.items()},
        }
        write_bytes(folder / FILE_NAME, npz_bytes(arrays))
        return [folder / FILE_NAME]


def _camera_model(lens: Distortion | None) -> str:
    from camera_estimation.geometry import FISHEYE

    return "fisheye" if lens is not None and lens.model == FISHEYE else "pinhole"


def _coefficient_rows(lens: Distortion | None, names: Sequence[str]) -> list[Any]:
    named = {} if lens is None else lens.named_coefficients
    return [named.get(name, 0.0) for name in names]
