"""The fit of the confidence recovers what made-up estimates were drawn from."""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
import pytest
from scipy.special import expit

from camera_estimation.estimation.confidence import CONFIDENCE_FEATURES, read_model
from tests.support.runs import TRUE, Workplace, turned
from tests.support.script_files import load_script

examples, measures, model, fit_confidence = (
    load_script(name)
    for name in ("confidence_fit.examples", "confidence_fit.measures", "confidence_fit.model", "fit_confidence")
)
WEIGHTS = np.array([-6.0, -3.0, 0.0, -1.5])
INTERCEPT = 4.0


@pytest.fixture(scope="module")
def drawn():
    """Features of 6000 estimates, and which are right."""
    random = np.random.default_rng(0)
    features = random.random((6000, len(WEIGHTS)))
    return features, random.random(len(features)) < expit(INTERCEPT + features @ WEIGHTS)


def examples_of(features, right, meshes=12):
    padded = np.zeros((len(features), len(CONFIDENCE_FEATURES)))
    padded[:, : features.shape[1]] = features
    return [
        examples.Example(f"run{index % 2}", str(index), f"mesh{index % meshes}", row, bool(is_right), bool(is_right))
        for index, (row, is_right) in enumerate(zip(padded, right, strict=True))
    ]


def test_known_coefficients_are_recovered(drawn, monkeypatch):
    monkeypatch.setattr(model, "RIDGE", 1e-5)
    intercept, weights = model.fit_model(*drawn)
    assert weights == pytest.approx(WEIGHTS, abs=0.35)
    assert intercept == pytest.approx(INTERCEPT, abs=0.35)
    assert (weights <= 0).all()


def test_what_helps_by_chance_gets_no_weight(drawn):
    features, right = drawn
    matters = WEIGHTS != 0
    intercept, weights = model.fit_model(1 - features[:, matters], right)  # all of the other sign
    assert (weights == 0).all()
    assert expit(intercept) == pytest.approx(right.mean(), abs=0.01)


def test_the_ridge_does_not_spoil_the_calibration(drawn):
    features, right = drawn
    intercept, weights = model.fit_model(features, right)
    bins = measures.reliability(expit(intercept + features @ weights), right)
    assert measures.reliability_error(bins) < 0.06
    assert bins[:, 2].sum() == len(features)


def test_left_out_meshes_are_foretold(drawn):
    features, right = drawn
    confidence = model.cross_validate(examples_of(features[:1200], right[:1200]))
    true = expit(INTERCEPT + features[:1200] @ WEIGHTS)
    assert np.abs(confidence - true).mean() < 0.06


@pytest.mark.parametrize(
    ("confidence", "right", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [False, False, True, True], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [False, True, False, True], 0.5),
        ([0.1, 0.3, 0.2, 0.4], [False, False, True, True], 0.75),
    ],
)
def test_area_under_the_roc_curve(confidence, right, area):
    assert measures.area_under_roc(np.array(confidence), np.array(right)) == pytest.approx(area)


def test_area_without_wrong_ones_is_not_a_number():
    assert np.isnan(measures.area_under_roc(np.array([0.1, 0.9]), np.array([True, True])))


@pytest.fixture
def table(tmp_path):
    """Two runs: one right and one turned by 30 degrees, and one where nothing can be right."""
    work = Workplace(tmp_path)
    work.add_truth("a")
    work.add_truth("b")
    work.add_run("first", {"a": turned(TRUE, 4.0), "b": turned(TRUE, 30.0), "stranger": TRUE, "broken": None})
    work.add_run("second", {"c": TRUE})
    path = tmp_path / "sets.csv"
    with path.open("w", newline="") as file:
        rows = [("name", "truth"), ("first", work.truth), ("second", "wrong"), ("not run", "wrong")]
        csv.writer(file).writerows(rows)
    return path


def test_examples_are_judged_by_their_truth(table):
    judged = {example.name: (example.rotation_right, example.right) for example in examples.load_examples(table)}
    assert judged == {"a": (True, True), "b": (False, False), "c": (False, False)}


def test_the_command_prints_draws_and_writes(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fit_confidence, "CONFIDENCE_FILE", tmp_path / "confidence.json")
    monkeypatch.setattr(sys, "argv", ["fit", str(table), "--figures", str(tmp_path / "figures"), "--write"])
    fit_confidence.main()
    printed = capsys.readouterr().out
    assert "3 estimates of 3 meshes, 1 right" in printed
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["reliability.png", "roc.png"]
    tree = json.loads((tmp_path / "confidence.json").read_text())
    assert (tree["estimates"], tree["right"]) == (3, 1)
    assert set(read_model(tmp_path / "confidence.json").weights) == set(CONFIDENCE_FEATURES)


def test_runs_of_one_kind_only_are_refused(table, monkeypatch, capsys):
    table.write_text("name,truth\nsecond,wrong\n")
    monkeypatch.setattr(sys, "argv", ["fit", str(table)])
    with pytest.raises(SystemExit):
        fit_confidence.main()
    assert "has not both right and wrong estimates" in capsys.readouterr().err
