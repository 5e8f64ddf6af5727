"""The exporter of report.html, which every run of camera-estimate writes beside its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from camera_estimation.export.exporter import Exporter, PosedImage, RunContext, exporter_registry

FILE_NAME = "report.html"


@exporter_registry.register("report")
class ReportExporter(Exporter):
    """All samples of a run on one page: pictures to wipe between, numbers, and the cameras around the mesh."""

    description = "report.html: all samples on one page, with pictures, numbers and the cameras around the mesh"
    files = (FILE_NAME,)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export.report import (
            MOST_SAMPLES,
            ReportCollector,
            foremost_entries,
            shortening_line,
            write_run_page,
        )

        run = self.run or RunContext(folder, [image.entry for image in images])
        entries = foremost_entries(run.entries, MOST_SAMPLES)
        if len(entries) < len(run.entries):
            self.remark(shortening_line(FILE_NAME, len(entries)))
        run, names = replace(run, entries=entries), {entry["name"] for entry in entries}
        collector = ReportCollector(len(entries), len({image.mesh_path for image in images}))
        for image in images:
            if image.name in names:
                collector.add_image(image)
        return [write_run_page(folder / FILE_NAME, run, collector)]
