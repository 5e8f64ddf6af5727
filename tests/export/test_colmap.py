"""Sparse models of COLMAP, read by COLMAP's own library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pycolmap
import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, create_exporter, plain_forms
from camera_estimation.export._point_visibility import LEAST_FACING, observe_points
from camera_estimation.export._surface_points import spread_points
from camera_estimation.geometry import OPENCV, Distortion, rotvec_to_rotmat
from camera_estimation.mesh import CLAMP_TO_EDGE, Texture
from tests.support.posed_images import LENSES, cameras_about, posed_image
from tests.support.shapes import bumpy_ball, mesh_of, view_from

BALL = bumpy_ball(16, 24)
SMALLEST_ERROR = 1e-3  # pixels


def views_of(mesh, folder: Path, count: int = 4, distortion: Distortion | None = None) -> list[PosedImage]:
    """Pictures from all around, of one camera."""
    found = []
    for number in range(count):
        turn = rotvec_to_rotmat(torch.tensor([[0.3, 0.7 * number, 0.1 * number]], dtype=torch.float64))
        camera = view_from((0.0, 0.0, 1.0), size=160).to(torch.float64)
        camera = replace(camera, rotation=camera.rotation @ turn, width=170, height=150)
        found.append(posed_image(folder, f"view_{number}", mesh, mesh.to_world(camera), distortion))
    return found


def read(folder: Path, form: str) -> pycolmap.Reconstruction:
    """The model that only the files of one form make."""
    model = pycolmap.Reconstruction()
    getattr(model, f"read_{form}")(folder / "sparse" / "0")
    return model


def our_pixels(image: PosedImage, places: np.ndarray) -> np.ndarray:
    points = torch.from_numpy(places)
    if image.lens is None:
        return image.camera.project(points[None])[0][0].numpy()
    in_camera = points @ image.camera.rotation[0].T + image.camera.translation
    return image.lens.project(in_camera).numpy()


def check_projections(model: pycolmap.Reconstruction, image: PosedImage, name: str) -> None:
    """Its own projections, and the observations in the file, are where ours are."""
    theirs = model.find_image_with_name(name)
    assert (theirs.camera.width, theirs.camera.height) == (image.camera.width, image.camera.height)
    observations = [point for point in theirs.points2D if point.has_point3D()]
    assert len(observations) == len(theirs.points2D) > 60
    places = np.array([model.points3D[point.point3D_id].xyz for point in observations])
    ours = our_pixels(image, places)
    projected = np.array([theirs.project_point(place) for place in places])
    np.testing.assert_allclose(projected, ours, atol=SMALLEST_ERROR)
    np.testing.assert_allclose([point.xy for point in observations], ours, atol=SMALLEST_ERROR)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("form", ["text", "binary"])
def test_colmap_projects_as_we_do(tmp_path, lens, form):
    images = views_of(BALL, tmp_path / "in", distortion=LENSES[lens])
    create_exporter("colmap", points="900").write(images, tmp_path / "out")
    model = read(tmp_path / "out", form)
    assert (len(model.cameras), model.num_reg_images()) == (1, 4)
    assert model.is_valid()
    for image in images:
        check_projections(model, image, f"{image.name}.png")
    model.update_point_3d_errors()
    assert model.compute_mean_reprojection_error() < 1e-4
    assert model.compute_mean_track_length() > 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(camera=cameras_about(BALL), lens=st.sampled_from(list(LENSES)))
def test_any_camera_comes_through(tmp_path, camera, lens):
    image = posed_image(tmp_path / "in", "a", BALL, camera, LENSES[lens])
    twin = replace(image, name="b")  # so that points have tracks
    create_exporter("colmap", points="1500").write([image, twin], tmp_path / "out")
    for form in ("text", "binary"):
        check_projections(read(tmp_path / "out", form), image, "a.png")


def test_tracks_name_their_observations(tmp_path):
    create_exporter("colmap", points="500").write(views_of(BALL, tmp_path / "in"), tmp_path / "out")
    model = read(tmp_path / "out", "binary")
    for number, point in model.points3D.items():
        assert point.track.length() != 1
        for element in point.track.elements:
            assert model.images[element.image_id].points2D[element.point2D_idx].point3D_id == number


def test_bundle_adjustment_stays_where_it_starts(tmp_path):
    create_exporter("colmap", points="600").write(views_of(BALL, tmp_path / "in"), tmp_path / "out")
    model = read(tmp_path / "out", "binary")
    before = {number: image.cam_from_world().matrix() for number, image in model.images.items()}
    pycolmap.bundle_adjustment(model, pycolmap.BundleAdjustmentOptions(print_summary=False))
    model.update_point_3d_errors()
    assert model.compute_mean_reprojection_error() < 1e-4
    for number, image in model.images.items():
        np.testing.assert_allclose(image.cam_from_world().matrix(), before[number], atol=1e-4)


def test_its_triangulation_finds_the_points_from_the_observations(tmp_path):
    create_exporter("colmap", points="300").write(views_of(BALL, tmp_path / "in"), tmp_path / "out")
    model = read(tmp_path / "out", "text")
    tracks = [(point.xyz, point.track.elements) for point in model.points3D.values() if point.track.length() > 2]
    assert len(tracks) > 30
    for place, elements in tracks:
        images = [model.images[element.image_id] for element in elements]
        rays = [
            image.camera.cam_from_img(image.points2D[element.point2D_idx].xy)
            for image, element in zip(images, elements, strict=True)
        ]
        rays = [np.append(ray, 1) / np.linalg.norm(np.append(ray, 1)) for ray in rays]
        poses = [image.cam_from_world().matrix() for image in images]
        found = pycolmap.triangulate_multi_view_point(poses, np.array(rays))
        np.testing.assert_allclose(found, place, atol=1e-3)


def test_an_image_alone_has_points_without_tracks(tmp_path):
    exporter = create_exporter("colmap", points="300")
    exporter.write(views_of(BALL, tmp_path / "in", count=1), tmp_path / "out")
    for form in ("text", "binary"):
        model = read(tmp_path / "out", form)
        assert 50 < model.num_points3D() < 200
        assert model.compute_num_observations() == 0
    assert any("view_0.png: no observations" in line for line in exporter.remarks)


def test_cameras_are_shared_where_they_are_the_same(tmp_path):
    images = views_of(BALL, tmp_path / "in", count=3)
    other = replace(images[2].camera, focal=images[2].camera.focal * 1.01)
    create_exporter("colmap", points="50").write([*images[:2], replace(images[2], camera=other)], tmp_path / "out")
    model = read(tmp_path / "out", "text")
    assert [model.find_image_with_name(f"view_{number}.png").camera_id for number in range(3)] == [1, 1, 2]


def test_points_are_spread_by_area_and_have_the_texture_s_color():
    """A square of 1 x 1 in two triangles of a texture, and one of 2 x 1 beside it."""
    texels = torch.tensor([[[255, 0, 0], [0, 0, 255]]], dtype=torch.uint8)
    corners = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [3, 0, 0], [3, 1, 0]]
    faces = [[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2]]
    uv = [[0.25, 0.5]] * 4 + [[0.75, 0.5]] * 2
    texture = Texture(texels, wrap_u=CLAMP_TO_EDGE, wrap_v=CLAMP_TO_EDGE)
    mesh = mesh_of(corners, faces, uv, texture)
    points = spread_points(mesh, 600)
    places = mesh.center + mesh.radius * points.places
    cells, _, _ = np.histogram2d(places[:, 0].numpy(), places[:, 1].numpy(), bins=(6, 2), range=((0, 3), (0, 1)))
    assert cells.min() > 42  # of 50 a cell
    assert cells.max() < 58
    red = points.colors[places[:, 0] < 0.99]
    assert (red == torch.tensor([255, 0, 0])).all()
    torch.testing.assert_close(points.normals.abs(), torch.tensor([[0.0, 0.0, 1.0]]).double().expand(600, 3))


def test_what_is_seen_of_a_ball_is_its_near_side(tmp_path):
    ball = replace(BALL, vertices=torch.nn.functional.normalize(BALL.vertices, dim=1))
    camera = view_from((0.0, 0.0, 1.0), size=128).to(torch.float64)
    image = posed_image(tmp_path, "a", ball, ball.to_world(camera))
    points = spread_points(ball, 3000)
    (observed,) = observe_points([image], ball, points)
    sight = torch.nn.functional.normalize(camera.center - points.places, dim=1)
    outward = torch.nn.functional.normalize(points.places, dim=1)
    normals = points.normals * (points.normals * outward).sum(1, keepdim=True).sign()
    assert torch.equal(observed.seen, (sight * normals).sum(1) >= LEAST_FACING)


def test_what_is_behind_something_or_out_of_the_frame_is_not_seen(tmp_path):
    """A square behind a smaller one; one of the frames cuts off a part of both."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=float)
    vertices = np.concatenate([corners, corners * (0.3, 0.3, 1) + (0, 0, 0.3)])
    mesh = mesh_of(vertices, [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], normalize=False)
    camera = view_from((0.0, 0.0, 1.0), distance=4, size=128).to(torch.float64)
    shifted = replace(camera, principal_point=torch.tensor([[110.0, 64.0]], dtype=torch.float64))
    images = [posed_image(tmp_path, "a", mesh, camera), posed_image(tmp_path, "b", mesh, shifted)]
    points = spread_points(mesh, 4000)
    whole, part = observe_points(images, mesh, points)
    behind, aside = points.places[:, 2] < 0.1, points.places[:, :2].abs().amax(1)
    assert torch.equal(whole.seen, ~(behind & (aside < 0.3 * 4 / 3.7)))  # the shadow from a distance of 4
    right = part.pixels[:, 0]
    assert right.max() > 140
    assert torch.equal(part.seen, whole.seen & (right <= 128))


def test_a_thin_prism_is_left_out_and_told(tmp_path):
    images = views_of(BALL, tmp_path / "in", count=2)
    prism = Distortion.of(OPENCV, {"k1": 0.1, "s2": 0.01})
    bent = posed_image(tmp_path / "in", "bent", BALL, images[0].camera, prism)
    exporter = create_exporter("colmap", points="50")
    exporter.write([*images, bent], tmp_path / "out")
    (line,) = [line for line in exporter.remarks if "prism" in line]
    assert line.startswith("left out bent: its lens has the thin prism s2 = 0.01")
    assert read(tmp_path / "out", "binary").num_images() == 2
    with pytest.raises(InputError, match="bent: its lens has the thin prism"):
        create_exporter("colmap").write([bent], tmp_path / "other")


def test_pictures_and_masks_stand_beside_the_model(tmp_path):
    (image,) = views_of(BALL, tmp_path / "in", count=1)
    own = tmp_path / "run" / "a b"
    own.mkdir(parents=True)
    Image.new("L", (170, 150), 255).save(own / "mask.png")
    turned = tmp_path / "in" / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (150, 170)).save(turned, exif=exif)
    images = [
        replace(image, name="a b", sample_folder=own),
        replace(image, name="a_b", image_path=turned),
    ]
    exporter = create_exporter("colmap", points="50")
    files = exporter.write(images, tmp_path / "out")
    marked, plain = plain_forms("a b")
    assert plain == "a_b"
    assert (tmp_path / "out" / "images" / f"{marked}.png").read_bytes() == image.image_path.read_bytes()
    assert Image.open(tmp_path / "out" / "images" / "a_b.jpg").size == (170, 150)
    for name in (f"{marked}.png.png", f"{marked}.png"):  # as COLMAP and nerfstudio call it
        assert Image.open(tmp_path / "out" / "masks" / name).size == (170, 150)
    assert all(path.is_file() for path in files)
    assert exporter.remarks[0] == "a_b: no mask, for the run has none of the picture's size"
    assert exporter.remarks[1].startswith("a b: has another name there")
    names = {picture.name for picture in read(tmp_path / "out", "text").images.values()}
    assert names == {f"{marked}.png", "a_b.jpg"}


def test_pictures_can_be_links(tmp_path):
    (image,) = views_of(BALL, tmp_path / "in", count=1)
    create_exporter("colmap", points="50", pictures="link").write([image], tmp_path / "out")
    create_exporter("colmap", points="50", pictures="link").write([image], tmp_path / "out")
    link = tmp_path / "out" / "images" / "view_0.png"
    assert link.is_symlink()
    assert link.resolve() == image.image_path.resolve()
    create_exporter("colmap", points="50").write([image], tmp_path / "out")
    assert not link.is_symlink()
    assert image.image_path.is_file()


@pytest.mark.parametrize("pictures", ["copy", "link"])
def test_pictures_of_an_export_stay_where_they_are_when_it_is_written_again(tmp_path, pictures, monkeypatch):
    (image,) = views_of(BALL, tmp_path / "in", count=1)
    create_exporter("colmap", points="50", pictures=pictures).write([image], tmp_path / "out")
    inside = Path("out", "images", "view_0.png")
    monkeypatch.chdir(tmp_path)
    create_exporter("colmap", points="50").write([replace(image, image_path=inside)], tmp_path / "out")
    assert inside.read_bytes() == image.image_path.read_bytes()
    assert not inside.is_symlink()


def test_several_objects_of_a_picture_and_bent_meshes_are_told(tmp_path):
    (image,) = views_of(BALL, tmp_path / "in", count=1)
    images = [replace(image, name="a"), replace(image, name="b", entry={"deformation": 0.1})]
    exporter = create_exporter("colmap", points="50")
    exporter.write(images, tmp_path / "out")
    assert "a, b: one of several objects of its picture" in exporter.remarks[0]
    assert any(line.startswith("b: the pose is of the mesh as it was bent") for line in exporter.remarks)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"points": "0"}, "colmap.points=0: give a whole number"),
        ({"points": "many"}, "colmap.points=many: give a whole number"),
        ({"pictures": "move"}, "colmap.pictures=move: give copy or link"),
        ({"point": "1"}, "no such option"),
    ],
)
def test_wrong_options(options, line):
    with pytest.raises(InputError, match=line):
        create_exporter("colmap", **options)
