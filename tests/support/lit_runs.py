"""Finished runs of a box in photographs that are plain to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from camera_estimation.dataset.pairing import Sample
from camera_estimation.images.loading import load_source_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.entries import pose_entry
from camera_estimation.results.pose_file import PoseFile
from camera_estimation.visualization.frame_render import render_frame
from tests.support.small_samples import camera_around_box, estimate_of, write_box

WIDTH, HEIGHT = 120, 100
DARKER, BACKDROP = 0.8, 140  # of the box beside its texture; gray level of all else


def write_lit_run(folder: Path, names: Sequence[str], moving: bool = False) -> tuple[Path, PoseFile]:
    """A run of a box with a photograph for each name.

    Args:
        folder: Of the run ``run``, of the ``images`` and of the ``meshes``.
        names: Of the samples.
        moving: Whether they are frames of a sequence, in which the camera moves on.
    """
    mesh_path = write_box(folder / "meshes" / "box.glb")
    mesh, poses = load_mesh(mesh_path), PoseFile(folder / "run", names)
    (folder / "images").mkdir()
    for place, name in enumerate(names):
        camera = camera_around_box(WIDTH, HEIGHT)
        if moving:
            camera = replace(camera, translation=camera.translation + 0.05 * place)
        rgba = render_frame(Renderer(mesh), camera)
        shown = np.where(rgba[..., 3:] > 127, DARKER * rgba[..., :3], BACKDROP).astype(np.uint8)
        path = folder / "images" / f"{name}.png"
        Image.fromarray(np.dstack([shown, rgba[..., 3]])).save(path)
        start = "neighbour" if moving and place else "search"
        estimate = estimate_of(load_source_image(path), camera=camera)
        poses.record(pose_entry(Sample(name, mesh_path, path), estimate, mesh, None, start))
        Image.fromarray(shown).save(path)  # as a photograph has no transparent background
    return folder / "run", poses
