"""Maps of an image: what they say of the mesh, and their files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from scipy.ndimage import map_coordinates

from camera_estimation.cli import export
from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, create_exporter, read_map
from camera_estimation.export._surface_maps import SurfaceMap, pixel_maps
from camera_estimation.export._texel_maps import texel_map
from camera_estimation.export.map_files import write_map
from camera_estimation.geometry import make_camera
from camera_estimation.images.depth_image import load_depth
from camera_estimation.mesh import Texture, TexturedMesh
from camera_estimation.rendering import Renderer, SeenSurface
from camera_estimation.results.sample_maps import remove_maps
from camera_estimation.visualization import render_frame
from tests.rendering.test_seen_surface import HEIGHT, INTRINSICS, WIDTH, camera_before, first_hits
from tests.support.runs import TRUE, Workplace
from tests.support.shapes import bumpy_ball, mesh_of

KINDS = ("depth", "normals", "xyz", "uv", "face", "visibility")


@pytest.fixture(scope="module")
def renderer():
    mesh = bumpy_ball(16, 32)
    return Renderer(replace(mesh, center=torch.tensor([3.0, -1.0, 0.5], dtype=torch.float64), radius=2.0))


@pytest.fixture(scope="module")
def camera(renderer):
    """Sees the mesh where it is in the world."""
    camera = camera_before(4.0)
    return renderer.mesh.to_world(camera)


@pytest.fixture(scope="module")
def surface(renderer, camera):
    return SeenSurface(renderer, camera)


@pytest.fixture(scope="module")
def maps(surface):
    return {found.kind: found.values for found in pixel_maps(surface, KINDS)}


@pytest.fixture
def posed(renderer, camera) -> PosedImage:
    return PosedImage("a", Path("a.png"), renderer.mesh.path, camera, lambda: renderer.mesh)


def test_depth_lifted_by_the_intrinsics_is_xyz(maps, camera):
    fx, fy, cx, cy = INTRINSICS
    column, row = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    depth = maps["depth"]
    lifted = np.stack([(column - cx) / fx * depth, (row - cy) / fy * depth, depth], axis=-1)
    pose = camera.world_to_camera[0].numpy()
    world = (lifted - pose[:3, 3]) @ pose[:3, :3]
    shown = depth > 0
    np.testing.assert_allclose(world[shown], maps["xyz"][shown], atol=2e-5)
    assert (np.isnan(maps["xyz"]).any(-1) == ~shown).all()
    assert ((maps["face"] >= 0) == shown).all()


def test_depth_is_what_the_renderer_says(maps, renderer, camera):
    view = renderer.render(renderer.mesh.to_normalized(camera).to(torch.float32))
    drawn, inside = renderer.mesh.radius * view.points[0, 3].numpy(), view.mask[0, 0].numpy() == 1
    off = np.abs(drawn - maps["depth"])[inside]
    assert np.median(off) < 0.01
    assert np.quantile(off, 0.99) < 0.1


def test_the_triangle_of_a_pixel_holds_its_center(maps, renderer, camera):
    vertices = renderer.mesh.center + renderer.mesh.radius * renderer.mesh.vertices.double()
    corners = camera.project(vertices[None])[0][0].numpy()[renderer.mesh.faces.numpy()]
    row, column = np.nonzero(maps["face"] >= 0)
    first, second, third = np.moveaxis(corners[maps["face"][row, column].astype(int)], 1, 0)
    center = np.stack([column, row], axis=-1) + 0.5

    def side(a, b):
        return (b - a)[:, 0] * (center - a)[:, 1] - (b - a)[:, 1] * (center - a)[:, 0]

    sides = np.stack([side(first, second), side(second, third), side(third, first)], axis=-1)
    assert ((sides >= -1e-3).all(-1) | (sides <= 1e-3).all(-1)).all()


def test_uv_looked_up_in_the_texture_is_the_color_of_the_render(maps, renderer, camera):
    texels = renderer.mesh.textures[0].texels.numpy()
    render = render_frame(renderer, camera)
    inside = (render[..., 3] == 255) & (maps["depth"] > 0)
    u, v = np.moveaxis(maps["uv"][inside], -1, 0)
    place = [v * texels.shape[0] - 0.5, u * texels.shape[1] - 0.5]
    colors = np.stack([map_coordinates(texels[..., index].astype(float), place, order=1) for index in range(3)], -1)
    off = np.abs(colors - render[inside][:, :3])
    assert np.median(off) < 4
    assert np.mean(off) < 8


def test_normals_are_of_the_triangles_and_look_at_the_camera(maps, surface, camera):
    shown = maps["depth"] > 0
    np.testing.assert_allclose(np.linalg.norm(maps["normals"][shown], axis=-1), 1, atol=1e-5)
    sight = (maps["xyz"] - camera.center[0].numpy()) @ camera.rotation[0].numpy().T
    assert ((sight * maps["normals"]).sum(-1)[shown] <= 1e-6).all()
    (world,) = pixel_maps(surface, ["normals"], "world")
    turned = world.values[shown] @ camera.rotation[0].float().numpy().T
    np.testing.assert_allclose(turned, maps["normals"][shown], atol=1e-5)


def test_texels_and_pixels_lead_to_each_other(surface, maps):
    texels = texel_map(surface, 0, 128, 128).values
    row, column = np.nonzero(np.isfinite(texels[..., 0]))
    assert len(row) > 2000
    u, v, cosine = np.moveaxis(texels[row, column], -1, 0)
    assert ((cosine > 0) & (cosine <= 1 + 1e-6)).all()
    uv = maps["uv"][v.astype(int), u.astype(int)]
    known = np.isfinite(uv[:, 0]) & (cosine > 0.3)
    off = np.abs(uv - np.stack([column + 0.5, row + 0.5], axis=-1) / 128)[known]
    assert np.median(off) < 0.01
    assert np.quantile(off, 0.98) < 0.05
    shown = np.isfinite(maps["uv"][..., 0])
    back = texels[tuple((maps["uv"][shown][:, ::-1] * 128).astype(int).T)]
    assert np.isfinite(back[:, 0]).mean() > 0.93  # what is not: at the rim, where texels are wider than pixels


def test_texels_are_seen_where_nothing_is_before_them(surface):
    """Beside rays to every texel, tried against all triangles."""
    texels = texel_map(surface, 0, 48, 48).values
    faces = surface.renderer.find_texel_faces(0, 48, 48).numpy()
    has_area = torch.linalg.cross(*(surface.corners[:, 1:] - surface.corners[:, :1]).unbind(1)).norm(dim=-1) > 1e-6
    row, column = np.nonzero((faces >= 0) & has_area.numpy()[faces])  # those at the poles have none
    corners_uv = surface.mesh.uv.double().numpy()[surface.mesh.faces.numpy()[faces[row, column]]]
    place = np.stack([(column + 0.5) / 48, (row + 0.5) / 48, np.ones(len(row))], axis=-1)
    weights = np.linalg.solve(
        np.concatenate([corners_uv, np.ones((*corners_uv.shape[:2], 1))], axis=-1).transpose(0, 2, 1), place[..., None]
    )[..., 0]
    points = (weights[..., None] * surface.corners.numpy()[faces[row, column]]).sum(1)
    visible = first_hits(surface.corners.numpy(), points) > 1 - 1e-6
    assert (visible == np.isfinite(texels[row, column, 0])).mean() > 0.998


def two_squares(behind: float, turned: bool = False) -> TexturedMesh:
    """One of the left half of a texture, whose upper half is cut out, and as far behind it one of the right half."""
    corners = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]], dtype=float)
    vertices = [np.column_stack([corners, np.full(4, z)]) for z in (0.0, behind)]
    across, down = (corners[:, 0] + 1) / 4, (1 - corners[:, 1]) / 2
    uv = np.concatenate([np.column_stack([across + shift, down]) for shift in (0.0, 0.5)])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    texels = torch.full((32, 32, 3), 200, dtype=torch.uint8)
    opacity = torch.full((32, 32), 255, dtype=torch.uint8)
    opacity[:16, :16] = 0
    texture = Texture(texels, opacity=None if turned else opacity, cutoff=0.0 if turned else 0.5)
    faces = np.concatenate([faces, 4 + (faces[:, ::-1] if turned else faces)])
    return mesh_of(np.concatenate(vertices), faces, uv, texture, normalize=False)


def seen_texels(mesh: TexturedMesh) -> np.ndarray:
    pose = torch.diag(torch.tensor([1.0, 1.0, 1.0, 1.0], dtype=torch.float64))
    pose[2, 3] = 5.0
    camera = make_camera(pose[None], torch.tensor([200.0, 200.0, 64.0, 64.0], dtype=torch.float64), 128, 128)
    return np.isfinite(texel_map(SeenSurface(Renderer(mesh), camera), 0, 32, 32).values[..., 0])


def test_texels_are_seen_through_what_is_cut_out():
    seen = seen_texels(two_squares(behind=0.05))
    assert seen[:14, 18:30].all()  # below the hole
    assert not seen[18:, 18:30].any()
    assert seen[16:, :16].all()


def test_of_a_sheet_with_two_sides_the_one_that_is_shown_is_seen():
    seen = seen_texels(two_squares(behind=0.0, turned=True))
    assert sorted([seen[:, :16].mean(), seen[:, 16:].mean()]) == [0.0, 1.0]


@pytest.mark.parametrize("suffix", ["exr", "npy", "png"])
def test_files_hold_the_maps(posed, maps, surface, tmp_path, suffix):
    create_exporter("maps", type=suffix, texels="64").write([posed], tmp_path)
    expected = {**maps, "visibility": texel_map(surface, 0, 64, 64).values}
    for kind in KINDS:
        found = read_map(tmp_path / f"{kind}.{suffix}")
        assert (np.isnan(found) == np.isnan(expected[kind])).all()
        span = np.nanmax(expected[kind]) - min(np.nanmin(expected[kind]), 0)
        np.testing.assert_allclose(found, expected[kind], atol=0 if suffix != "png" or kind == "face" else span / 2e4)
    with np.load(tmp_path / "mesh.npz") as mesh:
        assert mesh["face_pixels"].sum() == (maps["face"] >= 0).sum()
        world = mesh["vertices"][mesh["faces"]]
        row, column = np.argwhere(maps["face"] >= 0)[100]
        corners = world[int(maps["face"][row, column])]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        assert abs((maps["xyz"][row, column] - corners[0]) @ normal) < 1e-5


def test_other_programs_read_the_scale_and_the_channels(posed, maps, tmp_path):
    create_exporter("maps", kinds="depth,xyz", type="png").write([posed], tmp_path)
    create_exporter("maps", kinds="xyz").write([posed], tmp_path)
    with Image.open(tmp_path / "depth.png") as picture:
        scale, stored = float(picture.text["scale"]), np.asarray(picture)
        assert (picture.text["kind"], picture.text["offset"]) == ("depth", "0.0")
    np.testing.assert_allclose(scale * stored, maps["depth"], atol=scale)
    with OpenEXR.File(str(tmp_path / "xyz.exr"), separate_channels=True) as file:
        assert set(file.channels()) == {"x", "y", "z", "A"}
        assert "world coordinates" in file.header()["meaning"]


def test_depth_maps_can_be_given_as_depth(posed, maps, tmp_path):
    for suffix in ("exr", "npy", "png"):
        create_exporter("maps", kinds="depth", type=suffix).write([posed], tmp_path)
    with Image.open(tmp_path / "depth.png") as picture:
        scale = float(picture.text["scale"])
    for name, factor in (("depth.exr", 1.0), ("depth.npy", 1.0), ("depth.png", scale)):
        depth = load_depth(tmp_path / name, WIDTH, HEIGHT, factor).depth.numpy()
        np.testing.assert_allclose(depth, maps["depth"], atol=scale)


def test_more_triangles_than_16_bits_are_refused(tmp_path):
    with pytest.raises(InputError, match="more triangles than 16 bits number; choose exr or npy"):
        write_map(tmp_path / "face.png", SurfaceMap("face", np.full((2, 2), 65535, np.float32), ("face",)), {})
    write_map(tmp_path / "face.png", SurfaceMap("face", np.full((2, 2), 65534, np.float32), ("face",)), {})
    assert (read_map(tmp_path / "face.png") == 65534).all()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"kinds": "depht"}, "there is no map 'depht'; known: depth, normals, xyz, uv, face, visibility, all"),
        ({"kinds": ","}, "none is named"),
        ({"type": "tiff"}, "--option maps.type=tiff: give exr or npy or png"),
        ({"normals": "up"}, "--option maps.normals=up: give camera or world"),
        ({"texels": "many"}, "--option maps.texels=many: give a whole number of texels"),
    ],
)
def test_wrong_options_are_one_line(options, line):
    with pytest.raises(InputError, match=line):
        create_exporter("maps", **options)


def test_files_that_are_no_maps_are_one_line(tmp_path):
    (tmp_path / "a.exr").write_bytes(b"no")
    Image.new("I;16", (4, 4)).save(tmp_path / "b.png")
    for name, line in (("a.exr", "cannot be read as a map"), ("b.png", "cannot be read"), ("c.exr", "no such file")):
        with pytest.raises(InputError, match=line):
            read_map(tmp_path / name)


def test_a_run_gets_its_maps_afterwards(tmp_path):
    run = Workplace(tmp_path).add_run("run", {"a": TRUE, "b": TRUE})
    arguments = [str(run), "--format", "maps", "--option", "maps.kinds=depth,face"]
    result = CliRunner().invoke(export.main, arguments)
    assert result.exit_code == 0, result.output
    found = sorted(path.relative_to(run / "export" / "maps").as_posix() for path in run.glob("export/maps/*/*"))
    assert found == [f"{name}/{file}" for name in "ab" for file in ("depth.exr", "face.exr", "mesh.npz")]
    entry = json.loads((run / "poses.json").read_text())["poses"][0]
    assert read_map(run / "export" / "maps" / "a" / "depth.exr").shape == (entry["height"], entry["width"])


def test_maps_of_an_earlier_camera_go_and_other_files_stay(posed, tmp_path):
    create_exporter("maps").write([posed], tmp_path / "maps")
    (tmp_path / "maps" / "notes.txt").write_text("mine")
    remove_maps(tmp_path)
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["notes.txt"]
    (tmp_path / "maps" / "notes.txt").unlink()
    remove_maps(tmp_path)
    assert not (tmp_path / "maps").exists()


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    """OpenEXR has an error of its own for it."""

    def fail(*_):
        raise RuntimeError('Failed to write pixel data to image file "depth.exr". No space left on device.')

    monkeypatch.setattr(OpenEXR.File, "write", fail)
    with pytest.raises(InputError, match=r"depth\.exr: cannot be written \(No space left on device\); free some space"):
        write_map(tmp_path / "depth.exr", SurfaceMap("depth", np.ones((2, 2), np.float32), ("Z",)), {})
    assert not list(tmp_path.iterdir())
