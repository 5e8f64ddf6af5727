"""report.html of a run: gathered as its samples end, while their pictures are in memory, and written at its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.errors import error_line
from camera_estimation.export.report import MOST_SAMPLES, ReportCollector, shortening_line, write_run_page

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.results import ShownPictures


class RunReport:
    """The page of a run, which may cost the run nothing: where it cannot be made a line says so.

    Args:
        plan: Of the run.
        progress: Is told that line.
        gathers: Whether samples are shown as they end; else they are read when the page is written.
    """

    def __init__(self, plan: EstimatePlan, progress: RunProgress, *, gathers: bool = True) -> None:
        self.plan, self.progress, self._gathers = plan, progress, gathers
        self._collector = ReportCollector(len(plan.samples), len({sample.mesh_path for sample in plan.samples}))
        self._meshes = Lock()

    def add(self, entry: dict[str, Any], shown: ShownPictures | None) -> None:
        """A finished sample; None: no pictures are wanted."""
        if shown is not None and self._gathers:
            self._attempt(partial(self._add, entry, shown), f"{entry['name']}: is without pictures in it")

    def add_mesh(self, entry: dict[str, Any], estimator: CameraEstimator) -> None:
        """The mesh of a sample, which is made small: nothing for the thread that writes."""
        if self._gathers:
            self._attempt(partial(self._add_mesh, entry["name"], estimator), f"{entry['name']}: is without mesh in it")

    def write(self) -> None:
        """The page, with the samples of earlier runs of the folder too."""
        self._attempt(self._write, "it could not be written")

    def _add(self, entry: dict[str, Any], shown: ShownPictures) -> None:
        from camera_estimation.results import sample_folder

        folder = sample_folder(self.plan.output_dir, entry["name"])
        self._collector.add(entry["name"], shown.source, shown.render, shown.mask, folder)

    def _add_mesh(self, name: str, estimator: CameraEstimator) -> None:
        mesh = estimator.prepared.coarse_renderer.mesh
        with self._meshes:
            self._collector.add_mesh(name, mesh.path, lambda: mesh)

    def _write(self) -> None:
        from camera_estimation.results import REPORT_NAME, images_of_entries, read_run_context

        folder = self.plan.output_dir
        run, path = read_run_context(folder, most=MOST_SAMPLES), folder / REPORT_NAME
        if len(run.entries) < len(self.plan.samples) and len(run.entries) == MOST_SAMPLES:
            self.progress.remark(shortening_line(REPORT_NAME, MOST_SAMPLES))
        self._collector.add_earlier(path, run.entries)
        for image in images_of_entries(run.entries, folder):
            self._collector.add_image(image)
        write_run_page(path, run, self._collector)

    def _attempt(self, work: Callable[[], None], consequence: str) -> None:
        try:
            work()
        except Exception as error:  # of whatever kind: the results are more than the page about them
            self.progress.remark(f"report.html: {consequence} ({error_line(error)})")
