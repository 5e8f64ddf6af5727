"""The logistic model of the confidence, fitted to examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize
from scipy.special import expit

from confidence_fit.examples import Example, arrays_of

RIDGE = 0.02  # of squared weights, beside the mean of the logarithm of the likelihood


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
