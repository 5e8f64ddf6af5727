from __future__ import annotations

import pytest

from camera_estimation.evaluation.statistics.recall import CURVES, recall_at
from tests.support.runs import judged_run, judged_sample


def test_recall_curves_rise_from_rotation_to_rotation():
    run = judged_run("run", judged_sample("a", 1.0), judged_sample("b", 30.0), judged_sample("c", None))
    (curve,) = [curve for curve in CURVES if curve.field == "rotation_deg"]
    found = dict(zip(curve.thresholds, recall_at(run, curve), strict=True))
    assert {share for angle, share in found.items() if angle < 0.99} == {0}
    assert {share for angle, share in found.items() if 1.01 < angle < 29} == {1 / 3}
    assert found[max(found)] == pytest.approx(2 / 3)
