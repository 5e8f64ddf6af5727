"""The loaders that the documentation shows, run as they stand there, and the libraries' own projections."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import create_exporter
from tests.support.export_cases import (
    BROWN,
    LENSES,
    PRISM,
    WIDE,
    camera_at,
    pixels_of,
    points_before,
    posed_image,
    rigid_pose,
)

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "exporting.md"


def loader(heading: str) -> str:
    """The first block of code below a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture
def images(tmp_path):
    wide = camera_at(rigid_pose((1.0, 0.2, -2.0), (0.4, 0.3, 5.0)), 80, 120, (150.0, 140.0), (45.0, 50.0))
    return [posed_image("a", camera_at(rigid_pose())), posed_image("b", wide)]


def run_loader(heading: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(folder)
    code, names = loader(heading), {}
    assert len([line for line in code.splitlines() if line and not line.startswith(("import", "from"))]) <= 5
    exec(code, names)
    return names


def test_pytorch3d_projects_alike(images, tmp_path, monkeypatch):
    pytest.importorskip("pytorch3d")
    create_exporter("pytorch3d").write(images, tmp_path)
    cameras = run_loader("pytorch3d", tmp_path, monkeypatch)["cameras"]
    for number, image in enumerate(images):
        points = points_before(image)
        found = cameras[number].transform_points_screen(torch.from_numpy(points).float()[None])[0, :, :2]
        np.testing.assert_allclose(found.reshape(-1, 2), pixels_of(image, points), atol=1e-3)


def test_arrays_for_pytorch3d_are_its_formula(images, tmp_path):
    """Row vectors, x left and y up, and a principal point from the picture's corner."""
    create_exporter("pytorch3d").write(images, tmp_path)
    data = np.load(tmp_path / "cameras.npz", allow_pickle=False)
    assert data["image_size"].tolist() == [[40, 64], [120, 80]]
    for number, image in enumerate(images):
        points = points_before(image)
        left, up, depth = (points @ data["R"][number] + data["T"][number]).T
        plane = np.stack([-left / depth, -up / depth], axis=1)
        found = plane * data["focal_length"][number] + data["principal_point"][number]
        np.testing.assert_allclose(found, pixels_of(image, points), atol=1e-9)
        assert np.linalg.det(data["R"][number]) == pytest.approx(1)


def test_pytorch3d_cannot_hold_distortion(images, tmp_path):
    bent = posed_image("bent", images[0].camera, BROWN)
    with pytest.raises(InputError, match=r"^'bent' has a lens that distorts, which PerspectiveCameras cannot hold"):
        create_exporter("pytorch3d").write([*images, bent], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def stub_rasterization(calls: list[dict]):
    def rasterization(means, quats, scales, opacities, colors, **arguments):
        calls.append({"means": means, **arguments})
        return torch.zeros(1, arguments["height"], arguments["width"], 3), None, {}

    return rasterization


@pytest.mark.parametrize("distortion", LENSES)
def test_arguments_of_gsplat_are_its_formula(images, tmp_path, monkeypatch, distortion):
    """OpenCV's formulas (as gsplat documents), in the place of a rasterization, which needs a GPU."""
    import types

    calls: list[dict] = []
    module = types.ModuleType("gsplat")
    module.rasterization = stub_rasterization(calls)
    monkeypatch.setitem(__import__("sys").modules, "gsplat", module)
    bent = posed_image("c", images[1].camera, distortion)
    create_exporter("gsplat").write([images[0], bent], tmp_path)
    monkeypatch.chdir(tmp_path)
    splats = {name: torch.zeros(1, 3) for name in ("means", "quats", "scales", "opacities", "colors")}
    exec(loader("gsplat"), {"splats": tuple(splats.values()), "i": 1})
    (arguments,) = calls
    assert (arguments["width"], arguments["height"]) == (80, 120)
    assert arguments["viewmats"].shape == (1, 4, 4)
    assert arguments["Ks"].shape == (1, 3, 3)
    points = points_before(bent)
    np.testing.assert_allclose(project_opencv(arguments, points), pixels_of(bent, points), atol=1e-3)


def project_opencv(arguments: dict, points: np.ndarray) -> np.ndarray:
    import cv2

    pose, camera = arguments["viewmats"][0].double().numpy(), arguments["Ks"][0].double().numpy()
    rotation, translation = cv2.Rodrigues(pose[:3, :3])[0], pose[:3, 3]
    radial = arguments["radial_coeffs"][0].double().numpy()
    if arguments["camera_model"] == "fisheye":
        assert radial.shape == (4,)
        return cv2.fisheye.projectPoints(points[:, None], rotation, translation, camera, radial)[0].reshape(-1, 2)
    assert radial.shape == (6,)
    tangential, prism = (arguments[name][0].double().numpy() for name in ("tangential_coeffs", "thin_prism_coeffs"))
    vector = np.concatenate([radial[:2], tangential, radial[2:], prism])
    return cv2.projectPoints(points, rotation, translation, camera, vector)[0].reshape(-1, 2)


def test_lenses_may_be_mixed_for_gsplat(images, tmp_path):
    mixed = [images[0], posed_image("p", images[0].camera, PRISM), posed_image("w", images[0].camera, WIDE)]
    create_exporter("gsplat").write(mixed, tmp_path)
    data = np.load(tmp_path / "cameras.npz", allow_pickle=False)
    assert data["camera_model"].tolist() == ["pinhole", "pinhole", "fisheye"]
    assert data["radial_coeffs"][2].tolist() == [0.02, -0.004, 0.001, -0.0002, 0, 0]
    assert data["thin_prism_coeffs"][1].tolist() == [0.003, -0.001, 0.002, 0.0005]
