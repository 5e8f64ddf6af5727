"""What a run says while it works, always on stderr: a bar on a terminal, plain lines elsewhere, or errors only."""

from __future__ import annotations

import sys
import time
from threading import RLock, local
from typing import Any

import click
from tqdm import tqdm

from camera_estimation.batch.thread_count import follow_load
from camera_estimation.errors import printable_line
from camera_estimation.estimation import DOUBTFUL, WRONG, verdict_line
from camera_estimation.visualization import fov_phrase

SILENT_SECONDS = 20.0  # after which a run without a bar tells what it is at


class RunProgress:
    """Reports of one run, also of several threads at once, each with a sample of its own.

    Args:
        total: How many samples the run has.
        done: How many of them earlier runs have finished.
        quiet: Only errors are told.
        verbose: Each sample's line is told beside a bar too, with the times of its stages, and tracebacks.
        lines: Takes what is said, for another process to tell; None: it is told here.
    """

    def __init__(
        self, total: int, done: int, *, quiet: bool = False, verbose: bool = False, lines: list[str] | None = None
    ) -> None:
        self.total, self.done, self._lines = total, done, lines
        self.quiet, self.verbose = quiet, verbose
        on_terminal = not quiet and lines is None and sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, unit="image", dynamic_ncols=True) if on_terminal else None
        self._present = local()  # the name of each thread's sample
        self._told = time.monotonic()
        self._told_once: set[str] = set()
        self._lock = RLock()

    def start(self, name: str) -> None:
        """The next sample, with as many threads as the machine has processors free now."""
        follow_load()
        self.begin(name)

    def begin(self, name: str) -> None:
        """The next sample of this thread, whose number of threads stays as it is."""
        self._present.name = name
        self.stage("loading", None)

    def stage(self, stage: str, loss: float | None) -> None:
        """A stage of the present sample, and the loss so far; without a bar only where it takes long."""
        name = getattr(self._present, "name", "")
        text = f"{name}: {stage}" if loss is None else f"{name}: {stage}, loss {loss:.4g}"
        if self._bar is not None:
            self._bar.set_postfix_str(text)
        elif self._lines is None and time.monotonic() - self._told > SILENT_SECONDS:
            self.remark(f"{text} ...")

    def finish(self, entry: dict[str, Any], details: str | None = None) -> None:
        """The sample's entry; ``details`` (a traceback) is shown to those who want to know."""
        self.done += 1
        if entry["status"] == "failed":
            if self.verbose and details:
                for line in details.rstrip().splitlines():
                    self.say(line)
            self.say(f"FAILED {entry['name']}: {entry['error']}")
        elif self.verbose or (self._bar is None and not self.quiet):
            self.say(self._line(entry))
        elif entry.get("verdict") in (DOUBTFUL, WRONG):
            self.remark(f"{entry['name']}: {verdict_line(entry)}")
        if self._bar is not None:
            self._bar.update()

    def remark(self, line: str) -> None:
        if not self.quiet:
            self.say(line)

    def remark_once(self, line: str) -> None:
        """Of what is the same for many samples."""
        with self._lock:
            if line not in self._told_once:
                self._told_once.add(line)
                self.remark(line)

    def say(self, line: str) -> None:
        """A line that does not cut the bar in two. Names in it may have codes of terminals, which are not put out."""
        line = printable_line(line)
        self._told = time.monotonic()
        if self._lines is not None:
            self._lines.append(line)
        elif self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            click.echo(line, err=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str("")
            self._bar.close()

    def _line(self, entry: dict[str, Any]) -> str:
        seconds = entry["seconds"]
        line = f"[{self.done}/{self.total}] {entry['name']}: {_number_with_name(entry['loss'], entry['loss_type'])}, "
        line += f"{_number_with_name(entry['silhouette_iou'], 'silhouette IoU')}, {sum(seconds.values()):.1f} s"
        if entry["focal"]["source"] != "intrinsics":
            line += f", {fov_phrase(entry)}"
        if self.verbose:
            line += " (" + ", ".join(f"{stage} {value:.2f}" for stage, value in seconds.items()) + ")"
        return "; ".join(filter(None, (line, verdict_line(entry))))


def _number_with_name(value: float | None, name: str) -> str:
    return f"{name} unknown" if value is None else f"{name} {value:.4g}"
