"""Figures of how well a confidence holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from confidence_fit.examples import Example, arrays_of
from confidence_fit.measures import area_under_roc, reliability


def draw_figures(folder: Path, examples: Sequence[Example], confidence: Float[np.ndarray, " N"]) -> None:
    """roc.png and reliability.png."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    _, right, rotation_right = arrays_of(examples)
    order = (-confidence).argsort(kind="stable")
    figure, axes = pyplot.subplots(figsize=(4.5, 4.5))
    for truth, label in ((rotation_right, "rotation"), (right, "rotation and projection")):
        found, false = np.cumsum(truth[order]) / truth.sum(), np.cumsum(~truth[order]) / (~truth).sum()
        axes.plot(false, found, label=f"{label}: area {area_under_roc(confidence, truth):.3f}")
    axes.set(xlabel="wrong estimates above the threshold", ylabel="right estimates above it", title="ROC")
    _save(figure, axes, folder / "roc.png")
    figure, axes = pyplot.subplots(figsize=(4.5, 4.5))
    bins = reliability(confidence, right)
    spread = np.sqrt(np.maximum(bins[:, 1] * (1 - bins[:, 1]), 1e-4) / bins[:, 2])
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
    axes.fill_between([0, 1], [-0.1, 0.9], [0.1, 1.1], color="0.93", zorder=0)
    axes.errorbar(bins[:, 0], bins[:, 1], spread, marker="o", capsize=2, label="meshes left out")
    axes.set(xlabel="confidence", ylabel="share of right estimates", xlim=(0, 1), ylim=(0, 1), title="Reliability")
    _save(figure, axes, folder / "reliability.png")


def _save(figure: Any, axes: Any, path: Path) -> None:
    axes.legend(loc="lower right", frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
