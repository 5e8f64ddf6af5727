from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.errors import InputError
from camera_estimation.evaluation.failures import explanation
from camera_estimation.evaluation.failures.failure_trace import failure_trace_lines, trace_failures
from camera_estimation.evaluation.judgment import JudgedRun
from camera_estimation.evaluation.runs import Run
from camera_estimation.results.stages_file import read_stages
from tests.support.runs import judged_sample, write_json, write_stages

SEARCHED = [(90.0, 0.1, True), (12.0, 0.2, True), (60.0, 0.3, False)]
GONE = [(95.0, 0.05, True), (55.0, 0.2, True)]
NEAR = [(95.0, 0.05, True), (3.0, 0.2, True)]


def traced(folder, sample, stages, everything=False):
    if stages:
        write_stages(folder / sample.name, stages)
    run = JudgedRun(Run("run", folder / "poses.json", (sample.entry,)), (sample,), ())
    return trace_failures(run, everything)


def cause_of(folder, stages, rotation_deg=95.0, share=0.1, **entry):
    sample = judged_sample("a", rotation_deg, share)
    (item,) = traced(folder, replace(sample, entry={**sample.entry, **entry}), stages)
    return item.explanation


@pytest.mark.parametrize(
    ("stages", "cause", "detail"),
    [
        (
            {"search": [(90.0, 0.1, True), (21.0, 0.2, True)], "decide": GONE},
            explanation.NOT_AMONG_CANDIDATES,
            "nearest 21.0 degrees of 2 in search",
        ),
        (
            {"search": [(90.0, 0.1, True), (12.0, 0.2, False)], "refine 64 px": GONE, "decide": GONE},
            explanation.LOST_IN_PRUNING,
            "after search, 12.0 degrees at rank 2 of 2, 1 kept",
        ),
        (
            {"search": SEARCHED, "refine 64 px": [(95.0, 0.05, True), (4.0, 0.2, False)], "decide": GONE},
            explanation.LOST_IN_PRUNING,
            "after refine 64 px, 4.0 degrees",
        ),
        (
            {"search": SEARCHED, "refine 64 px": GONE, "decide": GONE},
            explanation.WRONG_MINIMUM,
            "in refine 64 px, from 12.0 degrees to nearest 55.0 degrees",
        ),
        (
            {"search": SEARCHED, "refine 64 px": NEAR, "decide": [(95.0, 0.05, True), (3.0, 0.2, False)]},
            explanation.WRONG_CHOICE,
            "in decide, 3.0 degrees has score 0.2, the answer (95.0 degrees) 0.05",
        ),
    ],
)
def test_cause_is_the_stage_that_lost_the_pose(tmp_path, stages, cause, detail):
    found = cause_of(tmp_path, stages)
    assert found.cause == cause
    assert detail in str(found)


PARTS = {"search": SEARCHED, "refine 64 px": GONE, "search of parts": SEARCHED}


@pytest.mark.parametrize(
    ("stages", "cause", "detail"),
    [
        ({**PARTS, "refine 128 px": GONE, "occlusion": GONE, "decide": GONE}, explanation.WRONG_MINIMUM, "refine 128"),
        (
            {"search": SEARCHED, "refine 64 px": NEAR, "search of parts": GONE, "occlusion": NEAR, "decide": GONE},
            explanation.WRONG_CHOICE,
            "3.0 degrees was kept in",
        ),
        (
            {**PARTS, "refine 128 px": NEAR, "occlusion": [(95.0, 0.1, True), (3.0, 0.2, False)], "decide": GONE},
            explanation.LOST_IN_PRUNING,
            "after occlusion, 3.0 degrees",
        ),
        ({**PARTS, "occlusion": NEAR, "decide": [*GONE, (3.0, 0.3, False)]}, explanation.WRONG_CHOICE, "in decide"),
    ],
)
def test_a_second_search_may_find_what_the_first_lost(tmp_path, stages, cause, detail):
    found = cause_of(tmp_path, stages)
    assert found.cause == cause
    assert detail in str(found)


def test_answer_beside_the_true_pose(tmp_path):
    stages = {"search": SEARCHED, "refine 64 px": [(8.0, 0.1, True)], "decide": [(8.0, 0.1, True)]}
    found = cause_of(tmp_path, stages, rotation_deg=8.0)
    assert found.cause == explanation.MINIMUM_BESIDE
    assert "8.0 degrees" in found.detail


def test_better_candidate_beside_the_answer(tmp_path):
    stages = {"search": SEARCHED, "decide": [(8.0, 0.1, True), (1.0, 0.2, False)]}
    assert cause_of(tmp_path, stages, rotation_deg=8.0).cause == explanation.WRONG_CHOICE


def test_right_rotation_at_the_wrong_distance(tmp_path):
    stages = {"search": SEARCHED, "decide": [(1.0, 0.1, True)]}
    found = cause_of(tmp_path, stages, rotation_deg=1.0, share=0.3)
    assert str(found) == "right rotation, wrong distance: translation error 30.0 % of the diameter"
    focal = 1.5 * judged_sample("a", 1.0).entry["fx"]
    found = cause_of(tmp_path, stages, rotation_deg=1.0, share=0.3, fx=focal)
    assert found.cause == explanation.WRONG_FOCAL
    assert "1.50 times" in found.detail


def test_samples_without_pose_or_stages(tmp_path):
    (item,) = traced(tmp_path, judged_sample("a", None), None)
    assert str(item.explanation) == "no pose: broken"
    (item,) = traced(tmp_path, judged_sample("b", 90.0, 0.5), None)
    assert item.explanation.cause == explanation.UNKNOWN
    assert "stages.json: no such file" in item.explanation.detail


def test_solved_samples_only_if_asked_for(tmp_path):
    stages = {"search": SEARCHED, "decide": [(1.0, 0.1, True)]}
    sample = judged_sample("a", 1.0, 0.01)
    assert traced(tmp_path, sample, stages) == []
    assert failure_trace_lines("run", []) == ["run: nothing failed"]
    (item,) = traced(tmp_path, sample, stages, everything=True)
    assert item.explanation.cause == explanation.SOLVED


def test_lines_tell_each_stage(tmp_path):
    stages = {"search": SEARCHED, "refine 64 px": NEAR, "decide": [(95.0, 0.05, True), (3.0, 0.2, False)]}
    lines = failure_trace_lines("run", traced(tmp_path, judged_sample("a", 95.0, 0.4), stages))
    rows = [line.split() for line in lines]
    search = next(row for row in rows if row[:1] == ["search"])
    # candidates, nearest, its rank and score, best score, kept, nearest kept, its rank and score
    assert search[1:] == ["3", "12.00", "2", "0.2", "0.1", "2", "12.00", "2", "0.2"]
    decide = next(row for row in rows if row[:1] == ["decide"])
    assert decide[1:] == ["2", "3.00", "2", "0.2", "0.05", "1", "95.00", "1", "0.05"]
    assert lines[-1] == "run: 1 wrong final choice"


def test_rank_is_by_score_whatever_the_order_of_the_file(tmp_path):
    stages = {"search": [(50.0, 0.3, True), (12.0, 0.1, True), (70.0, 0.2, True)], "decide": GONE}
    (item,) = traced(tmp_path, judged_sample("a", 95.0, 0.4), stages)
    assert item.stages[0].nearest.rank == 1
    assert item.stages[0].answer.error_deg == pytest.approx(50.0)


@pytest.mark.parametrize(
    "tree",
    [
        {"format": "other", "version": 1, "stages": []},
        {"format": "camera-estimation/stages", "version": 2, "stages": []},
        {"format": "camera-estimation/stages", "version": 1, "stages": []},
        {"format": "camera-estimation/stages", "version": 1, "stages": [{"name": "search", "candidates": []}]},
        {"format": "camera-estimation/stages", "version": 1, "stages": [{"name": "search", "candidates": [{}]}]},
        {"format": "camera-estimation/stages", "version": 1, "stages": 3},
        [],
    ],
)
def test_damaged_stages_are_one_line(tmp_path, tree):
    write_json(tmp_path / "stages.json", tree)
    with pytest.raises(InputError, match=r"stages\.json") as error:
        read_stages(tmp_path)
    assert len(str(error.value).splitlines()) == 1
