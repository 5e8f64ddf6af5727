"""The files of samples, in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Intrinsics, Sample, SampleImage, load_followed_image, load_sample_image
from camera_estimation.io import check_plain_file

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8

    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.images import SourceImage

MESHES_KEPT = 2  # in memory, with what the search prepared for them


@dataclass(frozen=True)
class LoadedSample:
    """A sample with its files in memory, and the seconds that took. ``source`` is the file's picture, ``image`` what is
    estimated: the same or, if its lens distorts, what a pinhole shows of it. ``inputs`` is the fingerprint of the
    files, of before they were read: what changes afterwards is done again."""

    sample: Sample
    source: SourceImage
    image: SourceImage
    estimator: CameraEstimator
    intrinsics: Intrinsics | None
    seconds: float
    inputs: dict[str, Any]


@dataclass(frozen=True)
class LoadedMesh:
    """A mesh with what is prepared for it; ``inputs`` is the fingerprint of its files, of before they were read."""

    estimator: CameraEstimator
    inputs: dict[str, Any]


class SampleLoader:
    """Reads the files of samples; keeps the last meshes, for images of one mesh usually come together.

    Several threads may use it; files are read by one at a time.

    Args:
        plan: Of the run.
        progress: Is told what is to be said of the files.
        meshes: Of another loader with the same settings, which are at hand then.
    """

    def __init__(
        self, plan: EstimatePlan, progress: RunProgress, meshes: OrderedDict[Path, LoadedMesh] | None = None
    ) -> None:
        self.plan, self.progress = plan, progress
        self._meshes: OrderedDict[Path, LoadedMesh] = OrderedDict() if meshes is None else meshes
        self._reading = RLock()

    def forget_meshes(self) -> None:
        """They are made anew where they are needed again."""
        with self._reading:
            self._meshes.clear()

    def load(self, sample: Sample, known: UInt8[np.ndarray, "H W"] | None = None) -> LoadedSample:
        """The sample's mesh and image; ``known`` is 0 where that is known to show something else, and else 255."""
        plan = self.plan
        return self._load(sample, lambda: load_sample_image(sample, plan.images, plan.intrinsics, plan.config, known))

    def load_followed(self, sample: Sample, plain_background: bool) -> LoadedSample:
        """The same of a frame that is followed from the one before, for which no mask is made."""
        plan = self.plan
        return self._load(
            sample,
            lambda: load_followed_image(sample, plan.images, plan.intrinsics, plan.config, plain_background),
        )

    def _load(self, sample: Sample, read: Callable[[], SampleImage]) -> LoadedSample:
        for path in (sample.mesh_path, sample.image_path):
            check_plain_file(path)
        inputs = self.plan.fingerprints.take(sample)
        with self._reading:
            start = time.perf_counter()
            loaded = read()
            for line in loaded.remarks:
                self.progress.remark(f"{sample.name}: {line}")
            estimator = self.estimator(sample.mesh_path)
            inputs.update(self._meshes[sample.mesh_path].inputs)
            seconds = time.perf_counter() - start
        return LoadedSample(sample, loaded.source, loaded.image, estimator, loaded.intrinsics, seconds, inputs)

    def estimator(self, mesh_path: Path) -> CameraEstimator:
        """Of a mesh; made anew unless the mesh is among the last ones."""
        from camera_estimation.estimation import CameraEstimator
        from camera_estimation.mesh import load_mesh
        from camera_estimation.rendering import finish_work

        if mesh_path not in self._meshes:
            while len(self._meshes) >= MESHES_KEPT:
                self._meshes.popitem(last=False)
            inputs = self.plan.fingerprints.take_mesh(mesh_path)
            mesh = load_mesh(mesh_path)
            for remark in mesh.remarks:
                self.progress.remark(f"{mesh_path}: {remark}")
            estimator = CameraEstimator(mesh, self.plan.config, record=self.plan.record_every is not None)
            self._meshes[mesh_path] = LoadedMesh(estimator, inputs)
            finish_work()  # another thread's stream may be the next to use it
        self._meshes.move_to_end(mesh_path)
        return self._meshes[mesh_path].estimator
