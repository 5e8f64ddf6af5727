"""basin.png, .pdf and .svg: the share of random starts that converged over how far they began from the answer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.convergence._bins import equal_count_bins
from camera_estimation.convergence.experiment import CONVERGED_DEG
from camera_estimation.io import write_figure

FIGURE_NAME = "basin.png"
COLOR, FAINT = "#0072b2", "#8a8a94"
TICK = 30  # degrees
CONVERGED_ROW, OTHER_ROW = 106, -6  # where the single starts are marked, in percent


def figure_remark() -> str | None:
    """A line about what is missing for the figure; None if nothing is."""
    if find_spec("matplotlib") is not None:
        return None
    return "no basin.png: matplotlib is not installed; pip install 'camera-estimation[figures]'"


def write_basin_figure(
    folder: Path, title: str, start_error_deg: Float[np.ndarray, " N"], converged: Bool[np.ndarray, " N"]
) -> None:
    """Points are bins of as many starts each with 95 % intervals; the marks above and below are the starts."""
    from matplotlib.figure import Figure  # without pyplot: no window system is asked for

    figure = Figure(figsize=(7.6, 4.6), dpi=120, layout="constrained")
    panel = figure.subplots()
    bins = equal_count_bins(start_error_deg, converged)
    middle, share = np.array([item.middle for item in bins]), 100 * np.array([item.share for item in bins])
    low, high = 100 * np.array([item.interval for item in bins]).T
    across = [middle - [item.low for item in bins], [item.high for item in bins] - middle]
    panel.plot(middle, share, color=COLOR, linewidth=1.2, alpha=0.4)
    panel.errorbar(
        middle,
        share,
        yerr=np.clip([share - low, high - share], 0, None),
        xerr=across,
        fmt="o",
        color=COLOR,
        markersize=5,
        linewidth=1.2,
        capsize=3,
        label=f"bins of about {round(len(converged) / len(bins))} starts: their range, 95 % interval",
    )
    rows = np.where(converged, CONVERGED_ROW, OTHER_ROW)
    panel.plot(start_error_deg, rows, "|", color=FAINT, markersize=7, label="starts: converged above, others below")
    panel.set_title(f"{title}: {int(converged.sum())} of {len(converged)} random starts converged", fontsize=11)
    panel.set_xlabel("rotation between start and answer (degrees)")
    panel.set_ylabel(f"within {CONVERGED_DEG:g} degrees at the end (%)")
    first, last = _tick_range(start_error_deg)
    panel.set_xlim(first, last)
    panel.set_xticks(range(first, last + 1, TICK if last - first > 2 * TICK else TICK // 3))
    panel.set_ylim(OTHER_ROW - 5, CONVERGED_ROW + 5)
    panel.set_yticks(range(0, 101, 20))
    panel.grid(alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    write_figure(folder / FIGURE_NAME, figure)


def _tick_range(errors_deg: Float[np.ndarray, " N"]) -> tuple[int, int]:
    """The ticks about all errors, at least two apart."""
    first, last = int(errors_deg.min() // TICK) * TICK, -int(-errors_deg.max() // TICK) * TICK
    return (first, last) if last > first else (max(0, first - TICK), first + TICK)
