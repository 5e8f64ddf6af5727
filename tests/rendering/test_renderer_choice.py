"""The setting ``renderer``: what each name gives, with and without PyTorch3D."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from camera_estimation import Configuration
from camera_estimation.cli.estimate import main
from camera_estimation.configuration import LevelConfig, RefinementConfig, SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.estimation.estimator import estimate_camera
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.rendering.renderer import check_renderer, create_renderer
from tests.support.shapes import bumpy_ball, source_image_of, view_from

SMALL = Configuration(
    search=SearchConfig(viewpoints=150, rolls=24, resolution=32, candidates=4),
    refinement=RefinementConfig(levels=(LevelConfig(resolution=64, blur=1.0, iterations=8, keep=2),)),
    device="cpu",
)


@pytest.fixture
def without_pytorch3d(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytorch3d._C", None)


def test_unknown_name():
    with pytest.raises(InputError, match="renderer 'opengl' is unknown: choose warp or pytorch3d"):
        create_renderer(bumpy_ball(4, 4), "opengl")


def test_missing_pytorch3d_is_one_line_that_says_what_to_do(without_pytorch3d):
    with pytest.raises(InputError) as raised:
        create_renderer(bumpy_ball(4, 4), "pytorch3d")
    message = str(raised.value)
    assert "PyTorch3D is not installed" in message
    assert "pip install camera-estimation[pytorch3d]" in message
    assert "torch 2.12" in message
    assert "\n" not in message


def test_pytorch3d_built_for_another_torch_is_told_apart(monkeypatch, tmp_path):
    package = tmp_path / "pytorch3d"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_C.py").write_text("raise ImportError('undefined symbol: torch')")
    for name in [name for name in sys.modules if name.split(".")[0] == "pytorch3d"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="PyTorch3D does not load"):
        check_renderer("pytorch3d")
    for name in ("pytorch3d", "pytorch3d._C"):
        sys.modules.pop(name, None)


def test_missing_pytorch3d_stops_a_run_before_it_starts(without_pytorch3d, tmp_path):
    result = CliRunner().invoke(main, ["--demo", "--renderer", "pytorch3d", "--output_dir", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "pip install camera-estimation[pytorch3d]" in result.output
    assert not (tmp_path / "out").exists()


def test_both_renderers_lead_to_the_same_camera():
    try:
        check_renderer("pytorch3d")
    except InputError as error:
        pytest.skip(str(error))
    mesh = bumpy_ball(24, 24)
    camera = view_from((0.5, 0.6, 1.0), size=96)
    image = source_image_of(create_renderer(mesh).supersample(camera, 4))
    intrinsics = (camera.focal[0, 0].item(), camera.focal[0, 1].item(), 48.0, 48.0)
    ours, theirs = (
        estimate_camera(mesh, image, replace(SMALL, renderer=name), intrinsics=intrinsics).camera
        for name in ("warp", "pytorch3d")
    )
    assert math.degrees(rotmat_geodesic_distance(ours.rotation, camera.rotation.double()).item()) < 0.5
    # Measured 0.08: drawing without gradients averages textures over pixels in one, over samples in the other.
    assert math.degrees(rotmat_geodesic_distance(ours.rotation, theirs.rotation).item()) < 0.2
