"""COLMAP triangulates its own features with exported cameras: what it finds lies on the mesh."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pycolmap
import torch
from PIL import Image
from scipy.spatial import KDTree

from camera_estimation.export import create_exporter
from camera_estimation.export._surface_points import spread_points
from camera_estimation.geometry import rotvec_to_rotmat
from camera_estimation.mesh import Texture
from camera_estimation.rendering import Renderer
from tests.support.posed_images import posed_image
from tests.support.shapes import bumpy_ball, view_from

VIEWS, STEP = 6, math.radians(9)


def spotted_texture() -> Texture:
    """Blurred spots of all colors, whose corners SIFT finds."""
    cells = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    picture = Image.fromarray(cells).resize((1600, 1600), Image.Resampling.BICUBIC)
    return Texture(torch.from_numpy(np.array(picture)))


def test_its_own_features_lie_on_the_mesh(tmp_path):
    """With a principal point off the centre, and masks."""
    ball = bumpy_ball(60, 90, spotted_texture())
    renderer = Renderer(ball)
    images = []
    for number in range(VIEWS):
        camera = view_from((0.0, 0.0, 1.0), size=480, fov_deg=36)
        turn = rotvec_to_rotmat(torch.tensor([[0.0, STEP * number, 0.0]]))
        place = torch.tensor([[230.0, 250.0]])
        camera = replace(camera, rotation=camera.rotation @ turn, principal_point=place, width=500)
        image = posed_image(tmp_path / "in", f"view_{number}", ball, ball.to_world(camera))
        rgba = renderer.supersample(camera, 3)[0]
        pixels = (255 * (rgba[:3] + 0.5 * (1 - rgba[3:]))).round().byte()
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(image.image_path)
        own = tmp_path / "run" / image.name
        own.mkdir(parents=True)
        Image.fromarray((255 * rgba[3]).byte().numpy()).save(own / "mask.png")
        images.append(replace(image, sample_folder=own))
    folder = tmp_path / "colmap"
    create_exporter("colmap").write(images, folder)

    model = _triangulate_features(folder)
    assert model.compute_mean_reprojection_error() < 0.25
    found = np.array([point.xyz for point in model.points3D.values() if point.track.length() >= 3])
    assert len(found) > 200
    surface = ball.center + ball.radius * spread_points(ball, 100_000).places
    distance, _ = KDTree(surface.numpy()).query(found)
    assert np.median(distance) < 0.01 * ball.radius


def _triangulate_features(folder) -> pycolmap.Reconstruction:
    """What the guide to COLMAP tells to do."""
    model = pycolmap.Reconstruction(folder / "sparse" / "0")
    database = folder / "database.db"
    with pycolmap.Database.open(database) as content:
        for camera in model.cameras.values():
            content.write_camera(camera, use_camera_id=True)
        for rig in model.rigs.values():
            content.write_rig(rig, use_rig_id=True)
        for frame in model.frames.values():
            content.write_frame(frame, use_frame_id=True)
        for image in model.images.values():
            content.write_image(image, use_image_id=True)
    reading = pycolmap.ImageReaderOptions(mask_path=folder / "masks")
    pycolmap.extract_features(database, folder / "images", reader_options=reading)
    pycolmap.match_exhaustive(database)
    return pycolmap.triangulate_points(model, database, folder / "images", folder / "sparse" / "features")
