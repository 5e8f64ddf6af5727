"""Judging every sample of a run, of which there may be very many."""

from __future__ import annotations

import gc

from camera_estimation.evaluation import MeshCache, judge_run, load_ground_truth, load_runs
from camera_estimation.geometry import camera_values
from tests.support.runs import TRUE, write_json


def count_whole_entries() -> int:
    """Of those in memory that are as a pose file has them."""
    gc.collect()
    return sum(type(held) is dict and {"world_to_camera", "verdict"} <= held.keys() for held in gc.get_objects())


def test_of_entries_only_what_reports_ask_for_stays_in_memory(workplace):
    before = count_whole_entries()
    names = [f"sample_{number}" for number in range(6)]
    (run,) = load_runs([workplace.add_run("run", dict.fromkeys(names, TRUE) | {"broken": None})])
    for name in (*names, "broken"):
        write_json(workplace.folder / "gt" / f"{name}.json", camera_values(TRUE))
    truth = load_ground_truth(workplace.folder / "gt")
    judged = judge_run(run, truth, MeshCache(None), lambda: None)
    assert count_whole_entries() - before <= 1
    assert [sample.name for sample in judged.samples] == [*names, "broken"]
    assert all(sample.errors is not None and sample.seconds for sample in judged.samples[:-1])
    assert judged.samples[-1].entry["error"] == "broken.png: shows no object"
    assert judged.samples[-1].seconds is None
