"""What is kept and told of samples as they end, whoever has estimated them and in whatever order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.errors import InputError
from camera_estimation.estimation import DOUBTFUL, GOOD, WRONG

if TYPE_CHECKING:
    from camera_estimation.results import PoseJournal

MOST_FULL = 3  # samples after each other that find the disk full: space that others take for a time comes back


class RunEndError(InputError):
    """A run that cannot go on: nothing more can be kept. What was kept stays."""


class OutcomeRecorder:
    """Keeps and tells how samples ended. One thread at a time may call it.

    Args:
        journal: Where entries are kept.
        progress: Is told of each.
        tell: Takes a line of JSON for each, the entry as poses.json has it; None: nobody wants them.
    """

    def __init__(self, journal: PoseJournal, progress: RunProgress, tell: Callable[[str], None] | None = None) -> None:
        self.journal, self._progress, self._tell = journal, progress, tell
        self._statuses: dict[str, str] = {}
        self._verdicts: dict[str, str | None] = {}
        self._full = 0

    def record(self, outcome: SampleOutcome) -> None:
        """Keep how a sample ended, whose files are written by now; the last time counts.

        Raises:
            RunEndError: It could not be kept, or no samples' files could be for a while.
        """
        entry = outcome.entry
        self._keep(entry)
        self._progress.finish(entry, outcome.details)
        self._full = self._full + 1 if outcome.disk_full else 0
        if self._full >= MOST_FULL:
            raise RunEndError(f"the disk has been full for {self._full} samples: nothing more is started")

    def record_again(self, outcome: SampleOutcome) -> None:
        """Likewise, of a sample that was told of already."""
        self._keep(outcome.entry)

    @property
    def names(self) -> set[str]:
        """Of the samples that ended in this run."""
        return set(self._statuses)

    def count_statuses(self) -> Counter[str]:
        return Counter(self._statuses.values())

    def count_verdicts(self) -> dict[str, int]:
        told = Counter(self._verdicts.values())
        return {verdict: told[verdict] for verdict in (GOOD, DOUBTFUL, WRONG)}

    def _keep(self, entry: dict[str, Any]) -> None:
        try:
            written = self.journal.record(entry)
        except InputError as error:
            raise RunEndError(str(error)) from error
        if self._tell is not None:
            self._tell(json.dumps(written, ensure_ascii=False, allow_nan=False))
        self._statuses[entry["name"]], self._verdicts[entry["name"]] = entry["status"], entry.get("verdict")
        if self.journal.is_due():
            self._compact()

    def _compact(self) -> None:
        try:
            self.journal.compact()
        except InputError as error:
            self._progress.remark_once(f"{error}; meanwhile results are kept in poses.jsonl")
