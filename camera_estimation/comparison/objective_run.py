"""One objective's part of a comparison: its folder is as ``camera-estimate`` writes it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from camera_estimation.batch import SETTINGS, Fingerprint, InputFingerprints, is_finished, settings_differ
from camera_estimation.comparison._failure import reason_of
from camera_estimation.comparison._peak_memory import PeakMemory
from camera_estimation.comparison.objectives import ComparedObjective
from camera_estimation.comparison.starts import ANSWER, START_WORDS
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, KnownIntrinsics, Sample
from camera_estimation.losses import create_objective
from camera_estimation.results import PoseJournal, RunRecord, clear_sample, failure_entry, sample_folder

Entry = dict[str, Any]


@dataclass(frozen=True)
class ComparisonOptions:
    """What a comparison needs beside samples, objectives and the configuration."""

    output_base_dir: Path
    intrinsics: KnownIntrinsics = field(default_factory=KnownIntrinsics)
    images: ImageSources = field(default_factory=ImageSources)
    overwrite: bool = False
    quiet: bool = False
    verbose: bool = False
    command_line: Sequence[str] = ()
    start: str = ANSWER  # of STARTS


class ObjectiveRun:
    """What one objective has finished. ``entries`` are the samples' by name, ``outdated`` how many had results of other
    inputs, ``failure`` why it cannot run at all, ``loaded_bytes`` the memory that loading it took (None: unknown)."""

    def __init__(
        self,
        objective: ComparedObjective,
        samples: Sequence[Sample],
        config: Configuration,
        device: torch.device,
        options: ComparisonOptions,
    ) -> None:
        """Raises InputError if the folder cannot be used."""
        self.objective, self.samples, self.device = objective, samples, device
        self.config = replace(config, loss=objective.loss)
        self.folder = options.output_base_dir / objective.folder
        self.failure: str | None = None
        self.details: str | None = None
        self.loaded_bytes: int | None = None
        self._journal = earlier = PoseJournal(self.folder, [sample.name for sample in samples])
        self._fingerprints = InputFingerprints(self.config, options.images, options.intrinsics)
        word = START_WORDS[options.start]
        results = [
            sample
            for sample in samples
            if (entry := earlier.get(sample.name)) is not None
            and entry.get("start") == word
            and is_finished(sample, entry, self.config, self.folder)
        ]
        finished = [sample for sample in results if not self._has_changed(sample, earlier[sample.name])]
        self.outdated = 0 if options.overwrite else len(results) - len(finished)
        self.skipped = 0 if options.overwrite else len(finished)
        differing = [settings_differ(sample, self.config, options.images, self.folder) for sample in finished]
        self.differing = sum(differing) if self.skipped else 0
        skipped = {sample.name for sample in finished} if self.skipped else set()
        self.entries: dict[str, Entry] = {name: earlier[name] for name in skipped}
        self._record = (
            RunRecord(self.folder, self.config, str(device), options.command_line)
            if self.skipped < len(samples)
            else None
        )

    def pending(self, sample: Sample) -> bool:
        return sample.name not in self.entries

    def take_inputs(self, sample: Sample) -> Fingerprint:
        """Of the inputs as they are now, for the entry."""
        return self._fingerprints.take(sample)

    def _has_changed(self, sample: Sample, entry: Entry) -> bool:
        """Whether a result is of other inputs; those of other settings are told of alone."""
        recorded: Fingerprint = entry.get("inputs") or {}  # nothing in results of earlier versions
        return bool(recorded) and any(kind != SETTINGS for kind in self._fingerprints.changes(sample, recorded))

    def load(self) -> None:
        """Make the objective ready where it has work to do; what prevents that is kept in ``failure``."""
        if not any(map(self.pending, self.samples)):
            return
        try:
            with PeakMemory(self.device) as memory:
                create_objective(self.objective.loss, str(self.device))
        except Exception as error:  # its own trouble, whatever it is, must not cost the others
            self.failure, self.details = reason_of(error), traceback.format_exc()
        else:
            self.loaded_bytes = None if memory.peak is None else memory.peak - (memory.before or 0)

    def finish(self, entry: Entry) -> None:
        """Keep an entry, whose files are written. Raises InputError if that cannot be done."""
        self._journal.record(entry)
        self.entries[entry["name"]] = entry

    def compact_if_due(self) -> None:
        """Put what was kept into poses.json, from time to time. Raises InputError if it cannot be written; nothing is
        lost by it."""
        if self._journal.is_due():
            self._journal.compact()

    def fail(self, sample: Sample, reason: str) -> Entry:
        entry = failure_entry(sample, reason)
        clear_sample(sample_folder(self.folder, sample.name))
        self.finish(entry)
        return entry

    def close(self, interrupted: bool) -> None:
        """Write what is of all samples, and note how the run ended, if there was one. Raises InputError if that cannot
        be done."""
        self._journal.close()
        if self._record is None:
            return
        statuses = [entry["status"] for entry in self.entries.values()]
        counts = {
            "ok": statuses.count("ok") - self.skipped,
            "failed": statuses.count("failed"),
            "skipped": self.skipped,
            "not_started": len(self.samples) - len(statuses),
        }
        self._record.finish(counts, interrupted)
