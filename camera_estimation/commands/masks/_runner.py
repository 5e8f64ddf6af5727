"""Masks of many images: one after the other, each on its own, and none that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from camera_estimation.batch import RunProgress, RunSummary
from camera_estimation.commands.masks._worker import MaskWorker
from camera_estimation.commands.masks.plan import MasksPlan
from camera_estimation.io import settle_process


class _MaskProgress(RunProgress):
    def skip(self) -> None:
        """The present image has its masks."""
        self.done += 1
        if self._bar is not None:
            self._bar.update()

    def _line(self, entry: dict[str, Any]) -> str:
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in entry["shares"].items())
        return f"[{self.done}/{self.total}] {entry['name']}: {shares}; {entry['seconds']:.1f} s"


def make_masks(plan: MasksPlan) -> RunSummary:
    """Make and write the masks of every image whose present masks are not of the same image, segmenter and settings.

    An image that fails does not stop the others.
    """
    progress = _MaskProgress(len(plan.images), 0, quiet=plan.quiet, verbose=plan.verbose)
    worker = MaskWorker(plan, progress)
    settle_process()
    statuses: list[str] = []
    taken: dict[str, Path] = {}
    interrupted = False
    try:
        for image in plan.images:
            progress.start(image.name)
            other = taken.setdefault(image.stem.casefold(), image)
            entry, details = worker.process(image, None if other == image else other)
            statuses.append(entry["status"])
            if entry["status"] == "skipped":
                progress.skip()
            else:
                progress.finish(entry, details)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        progress.close()
    counts = {status: statuses.count(status) for status in ("ok", "failed", "skipped")}
    if counts["skipped"]:
        skipped = f"{counts['skipped']} of {len(plan.images)}"
        progress.remark(f"skipped what has its masks: {skipped}; --overwrite makes them again")
    return RunSummary(counts["ok"], counts["failed"], counts["skipped"], interrupted)
