"""What a task asks for, from plain values to plain values."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.configuration import Configuration, merge_settings
from camera_estimation.io import use_limits
from camera_estimation.serve.worker._prepared_meshes import PreparedMeshes

if TYPE_CHECKING:
    from camera_estimation.dataset import KnownIntrinsics, Sample, SampleImage
    from camera_estimation.estimation import CameraEstimate, CameraEstimator

Follow = Callable[[str, "float | None"], None]
Task = dict[str, Any]


def do_task(task: Task, meshes: PreparedMeshes, follow: Follow) -> dict[str, Any]:
    """The result of a task. Raises InputError where what it is given cannot be used."""
    from camera_estimation.batch import check_runnable

    config = merge_settings(Configuration(), task["config"], "settings")
    use_limits(config.limits)
    follow("loading", None)
    check_runnable(config)
    return WORKS[task["kind"]](task, config, meshes, follow)


def prepare_mesh(task: Task, config: Configuration, meshes: PreparedMeshes, follow: Follow) -> dict[str, Any]:
    """Make a mesh ready for its pictures."""
    follow("preparing the mesh", None)
    estimator = meshes.estimator(task["mesh_id"], Path(task["mesh"]), config)
    mesh = estimator.mesh
    counts = {"faces": len(mesh.faces), "vertices": len(mesh.vertices), "textures": len(mesh.textures)}
    return {"mesh_id": task["mesh_id"], "name": task["names"]["mesh"], **counts, "remarks": list(mesh.remarks)}


def estimate_picture(task: Task, config: Configuration, meshes: PreparedMeshes, follow: Follow) -> dict[str, Any]:
    """Estimate the camera of a picture."""
    from camera_estimation.estimation import doubts_of
    from camera_estimation.images import mask_remarks
    from camera_estimation.results import pose_entry
    from camera_estimation.tracking import SEARCH

    start = time.perf_counter()
    sample = _sample_of(task)
    loaded = _load_image(task, sample, config)
    follow("preparing the mesh", None)
    estimator = meshes.estimator(task["mesh_id"], sample.mesh_path, config)
    loading = time.perf_counter() - start
    estimate = estimator.estimate(loaded.image, intrinsics=loaded.intrinsics, progress=follow)
    estimate = _refine_by_matches(estimate, estimator, loaded, follow)
    remarks = [*estimator.mesh.remarks, *loaded.remarks, *mask_remarks(loaded.source, estimate.mask_kind)]
    remarks += [*doubts_of(estimate, estimator.mesh.radius), *estimator.remarks]
    if task["render"]:
        follow("drawing", estimate.loss)
        _write_render(Path(task["render"]), estimate, loaded, estimator)
    entry = pose_entry(_sample_for_client(task, sample), estimate, estimator.mesh, loading, SEARCH)
    return {"pose": entry, "remarks": remarks}


def _sample_of(task: Task) -> Sample:
    from camera_estimation.dataset import ObjectMark, Sample

    mark = ObjectMark(Path(task["mask"])) if task["mask"] else ObjectMark()
    return Sample(task["names"]["sample"], Path(task["mesh"]), Path(task["picture"]), mark)


def _sample_for_client(task: Task, sample: Sample) -> Sample:
    """With the names that the client has for its files."""
    names = task["names"]
    mark = replace(sample.mark, mask_path=Path(names["mask"])) if task["mask"] else sample.mark
    return replace(sample, mesh_path=Path(names["mesh"]), image_path=Path(names["picture"]), mark=mark)


def _load_image(task: Task, sample: Sample, config: Configuration) -> SampleImage:
    from camera_estimation.dataset import ImageSources, load_sample_image

    return load_sample_image(sample, ImageSources(), _camera_intrinsics(task, sample), config)


def _camera_intrinsics(task: Task, sample: Sample) -> KnownIntrinsics:
    from camera_estimation.dataset import KnownCamera, KnownIntrinsics, load_intrinsics
    from camera_estimation.images import read_upright

    if task["intrinsics"]:
        return load_intrinsics(task["intrinsics"])
    if task["focal_length"] is None:
        return KnownIntrinsics()
    height, width = read_upright(sample.image_path).shape[:2]
    focal = task["focal_length"]
    return KnownIntrinsics(for_all=KnownCamera((focal, focal, width / 2, height / 2)))


def _refine_by_matches(
    estimate: CameraEstimate, estimator: CameraEstimator, loaded: SampleImage, follow: Follow
) -> CameraEstimate:
    name = estimator.config.evidence.matches
    if not name:
        return estimate
    from camera_estimation.poses.matching import create_matcher
    from camera_estimation.tracking import follow_matches

    follow("matching", estimate.loss)
    matcher = create_matcher(name, estimator.device)
    return follow_matches(estimate, estimator, loaded.image, matcher, intrinsics=loaded.intrinsics, progress=follow)


def _write_render(path: Path, estimate: CameraEstimate, loaded: SampleImage, estimator: CameraEstimator) -> None:
    from camera_estimation.io import write_pixels
    from camera_estimation.results import draw_camera

    lens = None if estimate.window is None else estimate.window.lens
    drawn = draw_camera(estimate.camera, lens, loaded.source, estimator.renderer, "all")
    write_pixels(path, drawn.render)


WORKS = {"estimate": estimate_picture, "prepare": prepare_mesh}
