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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from confidence_fit.examples import Example, arrays_of, load_examples
from confidence_fit.figures import draw_figures
from confidence_fit.measures import area_under_roc, reliability, reliability_error, report_lines
from confidence_fit.model import cross_validate, fit_model
from jaxtyping import Float

from camera_estimation.estimation import CONFIDENCE_FEATURES, CONFIDENCE_FILE
from camera_estimation.io import json_text, keep_freed_memory

FORMAT, VERSION = "camera-estimation/confidence", 1


def model_tree(examples: Sequence[Example], confidence: Float[np.ndarray, " N"]) -> dict[str, Any]:
    """What the package's file holds: the fit to all, with what was found by leaving meshes out."""
    features, right, rotation_right = arrays_of(examples)
    intercept, weights = fit_model(features, right)
    usual = features[right].mean(0)
    return {
        "format": FORMAT,
        "version": VERSION,
        "fitted_by": "scripts/fit_confidence.py",
        "estimates": len(examples),
        "right": int(right.sum()),
        "cross_validation": {
            "roc_area_rotation": area_under_roc(confidence, rotation_right),
            "roc_area": area_under_roc(confidence, right),
            "reliability_error": reliability_error(reliability(confidence, right)),
        },
        "intercept": intercept,
        "features": {
            name: {"weight": min(float(weight), 0.0), "usual": float(mean)}
            for name, weight, mean in zip(CONFIDENCE_FEATURES, weights, usual, strict=True)
        },
    }


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
