"""Pictures with known cameras, as exporters take them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image

from camera_estimation.export import PosedImage
from camera_estimation.geometry import FISHEYE, OPENCV, Camera, Distortion, Lens, rotvec_to_rotmat
from camera_estimation.mesh import TexturedMesh

LENSES = {
    "pinhole": None,
    "opencv": Distortion.of(OPENCV, {"k1": -0.12, "k2": 0.03, "p1": 0.002, "p2": -0.001}),
    "full": Distortion.of(OPENCV, {"k1": 0.1, "p1": 0.001, "k3": 0.01, "k4": 0.05, "k5": -0.02, "k6": 0.003}),
    "fisheye": Distortion.of(FISHEYE, {"k1": 0.05, "k2": -0.01, "k3": 0.002, "k4": -0.0005}),
}


def posed_image(
    folder: Path,
    name: str,
    mesh: TexturedMesh,
    camera: Camera,
    distortion: Distortion | None = None,
    **changes: Any,
) -> PosedImage:
    """One with a plain picture of the camera's size."""
    path = folder / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((camera.height, camera.width, 3), 90, dtype=np.uint8)).save(path)
    lens = None
    if distortion is not None:
        intrinsics = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
        lens = Lens(intrinsics, distortion, camera.width, camera.height)
    return replace(PosedImage(name, path, mesh.path, camera, lambda: mesh, lens), **changes)


@st.composite
def cameras_about(draw: st.DrawFn, mesh: TexturedMesh) -> Camera:
    """Cameras that look at a mesh from anywhere, with any principal point, of pictures of any form."""
    unit = st.floats(-1, 1)
    rotation = rotvec_to_rotmat(3 * torch.tensor([[draw(unit), draw(unit), draw(unit)]], dtype=torch.float64))
    away = torch.tensor([[0.3 * draw(unit), 0.3 * draw(unit), 3.0 + draw(unit)]], dtype=torch.float64)
    width, height = draw(st.integers(40, 200)), draw(st.integers(40, 200))
    focal = min(width, height) * (1.2 + 0.4 * draw(unit))
    camera = Camera(
        rotation=rotation,
        translation=away,
        focal=torch.tensor([[focal, focal * (1 + 0.1 * draw(unit))]], dtype=torch.float64),
        principal_point=torch.tensor(
            [[width * (0.5 + 0.2 * draw(unit)), height * (0.5 + 0.2 * draw(unit))]], dtype=torch.float64
        ),
        width=width,
        height=height,
    )
    return mesh.to_world(camera)
