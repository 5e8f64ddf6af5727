"""Estimators of the last meshes, with all that is prepared for them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.configuration import Configuration, LossConfig
from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimator


class UnusableMeshError(InputError):
    """The mesh is why nothing can be estimated: it is not to be kept."""


class TooManyFacesError(UnusableMeshError):
    """The mesh has more faces than are taken."""


class PreparedMeshes:
    """Makes estimators, and keeps the last ones.

    Args:
        most: That are kept.
        faces: The most that a mesh may have; None: as many as it has.
    """

    def __init__(self, most: int, faces: int | None = None) -> None:
        self.most, self.faces = most, faces
        self._kept: OrderedDict[str, tuple[Configuration, CameraEstimator]] = OrderedDict()

    def estimator(self, key: str, path: Path, config: Configuration) -> CameraEstimator:
        """Of a mesh with these settings: made anew unless it is among the last ones and only the objective differs.

        Args:
            key: Of the mesh: its content's.
            path: Of its file.
            config: All settings.

        Raises:
            UnusableMeshError: The file is none.
            TooManyFacesError: It has too many faces.
        """
        before = self._kept.get(key)
        if before is not None and _same_but_objective(before[0], config):
            self._kept.move_to_end(key)
            known, estimator = before
            return estimator if known.loss == config.loss else estimator.with_loss(config.loss)
        self._kept.pop(key, None)
        while len(self._kept) >= self.most:
            self._kept.popitem(last=False)
        self._kept[key] = config, self._make(path, config)
        return self._kept[key][1]

    def forget(self) -> None:
        """All of them, to have their memory."""
        self._kept.clear()

    def _make(self, path: Path, config: Configuration) -> CameraEstimator:
        from camera_estimation.estimation import CameraEstimator
        from camera_estimation.mesh import load_mesh

        try:
            mesh = load_mesh(path)
        except InputError as error:
            raise UnusableMeshError(str(error)) from error
        if self.faces is not None and len(mesh.faces) > self.faces:
            raise TooManyFacesError(
                f"{path}: has {len(mesh.faces)} faces, more than the {self.faces} that are taken here; simplify it"
            )
        return CameraEstimator(mesh, config)


def _same_but_objective(one: Configuration, other: Configuration) -> bool:
    return replace(one, loss=LossConfig()) == replace(other, loss=LossConfig())
