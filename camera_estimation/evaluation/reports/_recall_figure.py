"""The recall curves as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.evaluation.judgment import MARKS, JudgedRun
from camera_estimation.evaluation.statistics import CURVES, RecallCurve, recall_at
from camera_estimation.io import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that people with a colour vision deficiency tell apart (Okabe and Ito); lines differ in their dashes as well.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", "-.", ":")
ANGLE_TICKS = (0.1, 1, 2, 5, 15, 45, 180)


def write_recall_figure(path: Path, runs: Sequence[JudgedRun]) -> None:
    """A panel for each of ``CURVES``, a line for each run. Raises ImportError if matplotlib is not installed."""
    from matplotlib.figure import Figure  # without pyplot: no window system is asked for

    figure = Figure(figsize=(13, 4.2), dpi=110, layout="constrained")
    panels = figure.subplots(1, len(CURVES), sharey=True)
    for panel, curve in zip(panels, CURVES, strict=True):
        _draw(panel, curve, runs)
    panels[0].set_ylabel("samples within (%)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(runs)), frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    write_bytes(path, stream.getvalue())


def _draw(panel: Axes, curve: RecallCurve, runs: Sequence[JudgedRun]) -> None:
    for number, run in enumerate(runs):
        panel.plot(
            curve.thresholds,
            100 * recall_at(run, curve),
            color=COLORS[number % len(COLORS)],
            linestyle=DASHES[number % len(DASHES)],
            drawstyle="steps-post" if curve.logarithmic else "default",
            marker=None if curve.logarithmic else "o",
            markersize=4,
            linewidth=1.8,
            clip_on=False,
            label=f"{run.label} ({len(run.samples)} samples)",
        )
    panel.set_title(curve.title, fontsize=11)
    panel.set_xlabel(f"at most ({curve.unit})")
    panel.set_ylim(0, 100)
    panel.set_xlim(curve.thresholds[0], curve.thresholds[-1])
    if curve.logarithmic:
        panel.set_xscale("log")
        panel.set_xticks(ANGLE_TICKS, [f"{tick:g}" for tick in ANGLE_TICKS])
        panel.set_xticks([], minor=True)
        for degrees, _ in MARKS:
            panel.axvline(degrees, color="0.6", linewidth=0.8, linestyle=":")
    panel.grid(axis="y", color="0.9")
    panel.spines[["top", "right"]].set_visible(False)
