"""The reader of arrays for PyTorch3D, gsplat and V2M4, as ``camera-export`` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    import numpy as np

    from camera_estimation.dataset import KnownCamera
    from camera_estimation.results.file_pose import FilePose

# The shapes of a row of the arrays that a file of each kind has.
PYTORCH3D = {"name": (), "R": (3, 3), "T": (3,), "focal_length": (2,), "principal_point": (2,), "image_size": (2,)}
GSPLAT = {"name": (), "viewmats": (4, 4), "Ks": (3, 3), "width": (), "height": ()}
V2M4 = {"base_name_list": (), "extrinsics_list": (1, 4, 4)}
# gsplat's arguments of lenses, which a file may leave out, with the coefficients in their order.
LENS_ARRAYS = {
    "radial_coeffs": ("k1", "k2", "k3", "k4", "k5", "k6"),
    "tangential_coeffs": ("p1", "p2"),
    "thin_prism_coeffs": ("s1", "s2", "s3", "s4"),
}


@pose_reader_registry.register("tensors")
class TensorReader(PoseReader):
    """V2M4's file says nothing of sizes: intrinsics are those of the images."""

    description = "cameras.npz for PyTorch3D, gsplat and V2M4"
    suffixes = (".npz",)
    file_names = ("cameras.npz",)

    def recognizes(self, file: Path) -> bool:
        from camera_estimation.io import array_names

        names = array_names(file)
        return any(shapes.keys() <= names for shapes, _ in KINDS)

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.io import read_arrays

        arrays = read_arrays(file)
        shapes, read = next(kind for kind in KINDS if kind[0].keys() <= arrays.keys())
        count = _check_shapes(shapes, arrays, file)
        by_camera = {name: values for name, values in arrays.items() if values.shape[:1] == (count,)}
        rows = ({name: values[place] for name, values in by_camera.items()} for place in range(count))
        return [read(row, f"{file}: camera {number}") for number, row in enumerate(rows)]


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], arrays: Mapping[str, np.ndarray], file: Path) -> int:
    """How many cameras there are. Raises InputError for arrays that are not of so many."""
    names = arrays[next(iter(shapes))]
    count = len(names) if names.ndim else 1
    for name, shape in shapes.items():
        found, wanted = (" x ".join(map(str, sizes)) for sizes in (arrays[name].shape, (count, *shape)))
        if found != wanted:
            raise InputError(f"{file}: its {name} is {found or 'one value'}, not {wanted}; export the cameras again")
        if shape and arrays[name].dtype.kind not in "fiu":
            raise InputError(f"{file}: its {name} is not of numbers; export the cameras again")
    return count


def _pytorch3d_pose(row: Mapping[str, Any], where: str) -> FilePose:
    import numpy as np

    from camera_estimation.geometry import PYTORCH3D_FROM_OPENCV
    from camera_estimation.results.file_pose import FilePose
    from camera_estimation.results.plain_values import rigid_matrix

    rows = np.concatenate([(row["R"] * PYTORCH3D_FROM_OPENCV).T, (row["T"] * PYTORCH3D_FROM_OPENCV)[:, None]], axis=1)
    height, width = row["image_size"].tolist()
    numbers = [*row["focal_length"].tolist(), *row["principal_point"].tolist()]
    known = _camera_of_numbers(numbers, (width, height), where)
    return FilePose(rigid_matrix(rows.tolist(), where, "R"), where, sample=str(row["name"]), known=known)


def _gsplat_pose(row: Mapping[str, Any], where: str) -> FilePose:
    from camera_estimation.results.file_pose import FilePose
    from camera_estimation.results.plain_values import rigid_matrix

    pose, matrix = rigid_matrix(row["viewmats"].tolist(), where, "viewmats"), row["Ks"].tolist()
    numbers = [matrix[0][0], matrix[1][1], matrix[0][2], matrix[1][2]]
    known = _camera_of_numbers(numbers, (row["width"].item(), row["height"].item()), where, row)
    return FilePose(pose, where, sample=str(row["name"]), known=known)


def _v2m4_pose(row: Mapping[str, Any], where: str) -> FilePose:
    import torch

    from camera_estimation.geometry import Z_UP_FROM_Y_UP
    from camera_estimation.results.file_pose import FilePose
    from camera_estimation.results.plain_values import rigid_matrix

    pose = rigid_matrix(row["extrinsics_list"][0].tolist(), where, "extrinsics_list")
    pose[:3, :3] = pose[:3, :3] @ torch.tensor(Z_UP_FROM_Y_UP, dtype=torch.float64)
    return FilePose(pose, where, image=Path(str(row["base_name_list"])))


def _camera_of_numbers(
    numbers: list[float], size: tuple[Any, Any], where: str, lens: Mapping[str, Any] | None = None
) -> KnownCamera:
    from camera_estimation.dataset import KnownCamera, check_intrinsics, check_size
    from camera_estimation.geometry import FISHEYE, OPENCV, Distortion

    named: dict[str, float] = {}
    for array, names in LENS_ARRAYS.items():
        if lens is not None and array in lens:
            named |= dict(zip(names, lens[array].tolist(), strict=False))
    fisheye = lens is not None and str(lens.get("camera_model")) == "fisheye"
    distortion = Distortion.of(FISHEYE if fisheye else OPENCV, named)
    values = dict(zip(("fx", "fy", "cx", "cy"), numbers, strict=True))
    return KnownCamera(
        check_intrinsics(values, where), distortion if distortion.bends else None, check_size(*size, where), where
    )


KINDS: tuple[tuple[Mapping[str, tuple[int, ...]], Callable[[Mapping[str, Any], str], FilePose]], ...] = (
    (PYTORCH3D, _pytorch3d_pose),
    (GSPLAT, _gsplat_pose),
    (V2M4, _v2m4_pose),
)
