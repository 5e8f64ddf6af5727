"""Fit the confidence of estimates to runs with ground truth, and say how well it holds for meshes that it has not seen.

Usage: python scripts/fit_confidence.py SETS.csv [--figures FOLDER] [--write]

SETS.csv lists runs of camera-estimate in folders beside it, as scripts/run_confidence_sets.py writes it: name, and
truth: what camera-evaluate takes as --ground_truth, or the word "wrong" for runs in which no pose can be right. The
features come from what the runs' poses.json says of each estimate (``diagnosis``), so that nothing is estimated again.

The model is logistic with a ridge and no weight above zero; right and wrong estimates count alike, and a second fit of
two numbers sets the log-odds to the mix as it is. Printed, and drawn into FOLDER (roc.png, reliability.png), is what it
says of each mesh after a fit to all others. --write puts the coefficients of the fit to all into the package.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from camera_estimation.estimation import (
    CONFIDENCE_FEATURES,
    CONFIDENCE_FILE,
    GOOD_FROM,
    RIGHT_PROJECTION,
    RIGHT_ROTATION_DEG,
    WRONG_BELOW,
    features_of,
)
from camera_estimation.evaluation import EvaluatedMesh, GroundTruth, MeshCache, load_ground_truth, sample_errors_of
from camera_estimation.geometry import Camera
from camera_estimation.io import json_text, keep_freed_memory
from camera_estimation.results import camera_of, read_poses

WRONG = "wrong"  # instead of a ground truth: no pose can be right
RIDGE = 0.02  # of squared weights, beside the mean of the logarithm of the likelihood
BINS = 10  # of the reliability diagram, with as many estimates each
FORMAT, VERSION = "camera-estimation/confidence", 1


@dataclass(frozen=True)
class Example:
    """One estimate of a run.

    Attributes:
        run: Its name.
        name: Of the sample.
        mesh: What examples of one object have in common.
        features: In the order of ``CONFIDENCE_FEATURES``.
        rotation_right: Whether the rotation is within ``RIGHT_ROTATION_DEG``.
        right: Whether the projection is too, within ``RIGHT_PROJECTION``.
    """

    run: str
    name: str
    mesh: str
    features: Float[np.ndarray, " F"]
    rotation_right: bool
    right: bool


def load_examples(table: Path) -> list[Example]:
    """The estimates of all runs that a table of sets lists."""
    meshes = MeshCache(None)
    examples: list[Example] = []
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (table.parent / row["name"] / "poses.json").is_file():
                examples.extend(_examples_of_run(table.parent / row["name"], row["truth"], meshes))
    return examples


def _examples_of_run(folder: Path, truth: str, meshes: MeshCache) -> Iterator[Example]:
    true_camera = None if truth == WRONG else load_ground_truth(Path(truth))
    for entry in read_poses(folder):
        if entry["status"] != "ok":
            continue
        judged = (False, False) if true_camera is None else judge(entry, true_camera, meshes)
        if judged is not None:
            values = np.array(list(features_of(entry["diagnosis"]).values()))
            mesh = Path(entry["mesh"]).stem.removesuffix("_gen")
            yield Example(folder.name, entry["name"], mesh, values, *judged)


def judge(entry: dict[str, Any], truth: GroundTruth, meshes: MeshCache) -> tuple[bool, bool] | None:
    """Whether an estimate's rotation is right, and whether all of it is; None where the truth is not known."""
    true = truth(entry)
    if true is None:
        return None
    mesh = meshes(entry)
    errors = sample_errors_of(camera_of(entry), true, mesh)
    rotation_right = errors.rotation_deg <= RIGHT_ROTATION_DEG
    return rotation_right, rotation_right and errors.projection <= RIGHT_PROJECTION * size_in_image(true, mesh)


def size_in_image(camera: Camera, mesh: EvaluatedMesh) -> float:
    """The object's diameter in pixels, at the distance of its center."""
    center = (camera.rotation[0] @ mesh.center + camera.translation[0])[2]
    return float(mesh.diameter * camera.focal[0].mean() / center)


def fit_model(
    features: Float[np.ndarray, "N F"], right: Bool[np.ndarray, " N"]
) -> tuple[float, Float[np.ndarray, " F"]]:
    """Intercept and weights, none of these above zero, of the log-odds that an estimate is right."""
    balance = np.where(right, 0.5 / max(right.sum(), 1), 0.5 / max((~right).sum(), 1))
    sign = np.where(right, 1.0, -1.0)
    count = features.shape[1]

    def cost(values: Float[np.ndarray, " F1"]) -> tuple[float, Float[np.ndarray, " F1"]]:
        margin = sign * (values[0] + features @ values[1:])
        slope = -balance * sign * expit(-margin)
        value = float(balance @ np.logaddexp(0, -margin) + RIDGE * values[1:] @ values[1:])
        return value, np.concatenate([[slope.sum()], features.T @ slope + 2 * RIDGE * values[1:]])

    bounds = [(None, None), *[(None, 0.0)] * count]
    found = minimize(cost, np.zeros(count + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    scale, offset = fit_log_odds(found[0] + features @ found[1:], right)
    return scale * found[0] + offset, scale * found[1:]


def fit_log_odds(log_odds: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]) -> tuple[float, float]:
    """Factor and offset that make log-odds those of the mix (Platt, "Probabilistic outputs for support vector machines
    and comparisons to regularized likelihood methods", 1999, with his targets, which keep them finite where all is told
    apart)."""
    wins, fails = int(right.sum()), int((~right).sum())
    target = np.where(right, (wins + 1) / (wins + 2), 1 / (fails + 2))

    def cost(values: Float[np.ndarray, "2"]) -> float:
        odds = values[0] * log_odds + values[1]
        return float(np.mean(np.logaddexp(0, odds) - target * odds))

    scale, offset = minimize(cost, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.0, None), (None, None)]).x
    return float(scale), float(offset)


def cross_validate(examples: Sequence[Example]) -> Float[np.ndarray, " N"]:
    """The confidence in each example of a model that was fitted to those of all other meshes."""
    features, right, _ = arrays_of(examples)
    mesh = np.array([example.mesh for example in examples])
    confidence = np.zeros(len(examples))
    for name in np.unique(mesh):
        left_out = mesh == name
        intercept, weights = fit_model(features[~left_out], right[~left_out])
        confidence[left_out] = expit(intercept + features[left_out] @ weights)
    return confidence


def arrays_of(
    examples: Sequence[Example],
) -> tuple[Float[np.ndarray, "N F"], Bool[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """Features, whether all is right, whether the rotation is."""
    return (
        np.stack([example.features for example in examples]),
        np.array([example.right for example in examples]),
        np.array([example.rotation_right for example in examples]),
    )


def area_under_roc(confidence: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]) -> float:
    """Probability that a right one has more confidence than a wrong one; not a number where there is only one kind."""
    wins, fails = int(right.sum()), int((~right).sum())
    if not wins or not fails:
        return math.nan
    return float((rankdata(confidence)[right].sum() - wins * (wins + 1) / 2) / (wins * fails))


def reliability(
    confidence: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"], bins: int = BINS
) -> Float[np.ndarray, "B 3"]:
    """Mean confidence, share of right ones, and number of estimates, in bins of as many estimates each."""
    parts = np.array_split(confidence.argsort(kind="stable"), min(bins, len(confidence)))
    return np.array([[confidence[part].mean(), right[part].mean(), len(part)] for part in parts])


def report_lines(examples: Sequence[Example], confidence: Float[np.ndarray, " N"]) -> list[str]:
    """How well the confidence holds: over all, and for each run."""
    _, right, rotation_right = arrays_of(examples)
    bins = reliability(confidence, right)
    lines = [
        f"{len(examples)} estimates of {len({example.mesh for example in examples})} meshes, {right.sum()} right",
        f"area under the ROC curve, rotation wrong by more than {RIGHT_ROTATION_DEG:.0f} degrees: "
        f"{area_under_roc(confidence, rotation_right):.4f}",
        f"area under the ROC curve, all right: {area_under_roc(confidence, right):.4f}",
        f"reliability: at most {np.abs(bins[:, 0] - bins[:, 1]).max():.3f} from the diagonal",
        *(f"  confidence {told:.3f}: {share:.3f} right of {count:.0f}" for told, share, count in bins),
    ]
    for verdict, told in verdicts(confidence).items():
        lines.append(f"{verdict}: {told.sum()}, of which {right[told].sum()} right")
    members = defaultdict(list)
    for index, example in enumerate(examples):
        members[example.run].append(index)
    lines.append(f"{'run':24}{'count':>6}{'right':>7}{'confidence':>12}{'ROC area':>10}")
    for run, chosen in members.items():
        own, of_run = right[chosen], confidence[chosen]
        lines.append(
            f"{run:24}{len(chosen):6}{own.mean():7.2f}{of_run.mean():12.2f}{area_under_roc(of_run, own):10.3f}"
        )
    return lines


def verdicts(confidence: Float[np.ndarray, " N"]) -> dict[str, Bool[np.ndarray, " N"]]:
    """Which estimates get which verdict."""
    good, wrong = confidence >= GOOD_FROM, confidence < WRONG_BELOW
    return {"good": good, "doubtful": ~good & ~wrong, "wrong": wrong}


def model_tree(examples: Sequence[Example], confidence: Float[np.ndarray, " N"]) -> dict[str, Any]:
    """What the package's file holds: the fit to all, with what was found by leaving meshes out."""
    features, right, rotation_right = arrays_of(examples)
    intercept, weights = fit_model(features, right)
    usual = features[right].mean(0)
    bins = reliability(confidence, right)
    return {
        "format": FORMAT,
        "version": VERSION,
        "fitted_by": "scripts/fit_confidence.py",
        "estimates": len(examples),
        "right": int(right.sum()),
        "cross_validation": {
            "roc_area_rotation": area_under_roc(confidence, rotation_right),
            "roc_area": area_under_roc(confidence, right),
            "reliability_error": float(np.abs(bins[:, 0] - bins[:, 1]).max()),
        },
        "intercept": intercept,
        "features": {
            name: {"weight": min(float(weight), 0.0), "usual": float(mean)}
            for name, weight, mean in zip(CONFIDENCE_FEATURES, weights, usual, strict=True)
        },
    }


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


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, metavar="SETS.csv")
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help="draw roc.png and reliability.png there")
    parser.add_argument("--write", action="store_true", help=f"replace {CONFIDENCE_FILE.name} in the package")
    arguments = parser.parse_args()
    examples = load_examples(arguments.sets)
    if len({example.right for example in examples}) < 2:
        parser.error(f"{arguments.sets}: has not both right and wrong estimates; run more of the sets")
    confidence = cross_validate(examples)
    print("\n".join(report_lines(examples, confidence)))
    if arguments.figures:
        draw_figures(arguments.figures, examples, confidence)
    if arguments.write:
        CONFIDENCE_FILE.write_text(json_text(model_tree(examples, confidence)) + "\n", encoding="utf-8")
        print(f"written: {CONFIDENCE_FILE.name}")


if __name__ == "__main__":
    main()
