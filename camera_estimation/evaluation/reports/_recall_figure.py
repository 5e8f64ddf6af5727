"""The recall curves as a picture, and as a figure for papers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from camera_estimation.evaluation.judgment import MARKS, JudgedRun
from camera_estimation.evaluation.statistics import CURVES, RecallCurve, recall_at
from camera_estimation.io import write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that people with a colour vision deficiency tell apart (Okabe and Ito); lines differ in their dashes as well.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", "-.", ":")
MARGIN = 1.5  # about the marks of success
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
    write_figure(path, figure)


def _draw(panel: Axes, curve: RecallCurve, runs: Sequence[JudgedRun]) -> None:
    recalls = [recall_at(run, curve) for run in runs]
    first, last = _axis_range(curve, recalls)
    inside = (curve.thresholds >= first) & (curve.thresholds <= last)  # lines at 0 and 100 % are not clipped
    for number, (run, recall) in enumerate(zip(runs, recalls, strict=True)):
        panel.plot(
            curve.thresholds[inside],
            100 * recall[inside],
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
    panel.set_xlim(first, last)
    if curve.logarithmic:
        panel.set_xscale("log")
        ticks = [tick for tick in ANGLE_TICKS if first <= tick <= last]
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
        for degrees, _ in MARKS:
            panel.axvline(degrees, color="0.6", linewidth=0.8, linestyle=":")
    panel.grid(axis="y", color="0.9")
    panel.spines[["top", "right"]].set_visible(False)


def _axis_range(curve: RecallCurve, recalls: Sequence[Float[np.ndarray, " T"]]) -> tuple[float, float]:
    """Of a logarithmic axis what lies between where all curves are 0 and where all have reached their ends, with the
    marks of success; of others all."""
    thresholds = curve.thresholds
    if not curve.logarithmic:
        return float(thresholds[0]), float(thresholds[-1])
    rising = np.any([recall > 0 for recall in recalls], axis=0)
    ended = np.all([recall == recall[-1] for recall in recalls], axis=0)
    first = thresholds[max(0, int(rising.argmax()) - 1)] if rising.any() else thresholds[0]
    last = thresholds[min(len(thresholds) - 1, int(ended.argmax()) + 1)]
    marks = [degrees for degrees, _ in MARKS]
    return float(min(first, marks[0] / MARGIN)), float(max(last, marks[-1] * MARGIN))
