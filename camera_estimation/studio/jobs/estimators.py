"""Estimators of the last meshes, with what they have prepared."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.configuration import Configuration, LossConfig

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.studio.jobs.job import Job

ESTIMATORS_KEPT, MESHES_KEPT = 2, 3


class EstimatorCache:
    """Makes estimators, and keeps the last ones: to estimate again under another objective takes no preparation."""

    def __init__(self) -> None:
        self._estimators: list[tuple[Path, Configuration, CameraEstimator]] = []
        self._meshes: OrderedDict[Path, TexturedMesh] = OrderedDict()
        self._lock = threading.Lock()  # the page asks for meshes while a job runs

    def mesh(self, path: Path) -> TexturedMesh:
        """Of a file. Raises InputError."""
        from camera_estimation.mesh import load_mesh

        with self._lock:
            if path not in self._meshes:
                while len(self._meshes) >= MESHES_KEPT:
                    self._meshes.popitem(last=False)
                self._meshes[path] = load_mesh(path)
            self._meshes.move_to_end(path)
            return self._meshes[path]

    def estimator(self, path: Path, config: Configuration, job: Job) -> CameraEstimator:
        """Of a mesh file with these settings, which records every iteration. Raises InputError."""
        from camera_estimation.batch import check_runnable
        from camera_estimation.estimation import CameraEstimator

        job.report("loading", None)
        check_runnable(config)
        known = path not in self._meshes
        mesh = self.mesh(path)
        for remark in mesh.remarks if known else ():
            job.remark(remark)
        job.report("preparing the mesh", None)
        for place, (kept_path, kept, estimator) in enumerate(self._estimators):
            if kept_path == path and replace(kept, loss=LossConfig()) == replace(config, loss=LossConfig()):
                self._estimators.append(self._estimators.pop(place))
                return estimator if kept.loss == config.loss else estimator.with_loss(config.loss)
        del self._estimators[: max(0, len(self._estimators) - ESTIMATORS_KEPT + 1)]
        made = CameraEstimator(mesh, config, record=True)
        self._estimators.append((path, config, made))
        return made
