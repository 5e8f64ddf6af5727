from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import WorkedSample
from camera_estimation.commands.estimate.work_queue import WorkQueue
from camera_estimation.dataset.pairing import Sample
from tests.support.small_runs import SMALL_CONFIG


def samples_of(**counts):
    return [
        Sample(f"{mesh}_{number}", Path(f"{mesh}.glb"), Path(f"{mesh}_{number}.png"))
        for mesh, count in counts.items()
        for number in range(count)
    ]


def plan_of(samples, **settings):
    return EstimatePlan(config=SMALL_CONFIG, samples=samples, output_dir=Path("out"), **settings)


def fail(sample, reason):
    return SampleOutcome(sample, {"name": sample.name, "status": "failed", "error": reason})


def queue_of(plan, names=None, known=None, groups=None):
    groups = groups or [[sample] for sample in plan.samples]
    return WorkQueue(plan, groups, names or {sample.name for sample in plan.samples}, known or {}, fail)


def names_of(piece):
    return [sample.name for sample in piece.samples]


def end(queue, piece, count=None):
    for sample in list(piece.left.values())[:count]:
        queue.note(piece, WorkedSample(SampleOutcome(sample, {"name": sample.name, "status": "ok"}), ()))


def test_workers_get_meshes_of_their_own_while_there_are_some():
    queue = queue_of(plan_of(samples_of(a=3, b=2)))
    assert (len(queue), queue.meshes) == (5, 2)
    first, second = queue.take(), queue.take()
    assert [names_of(first), names_of(second)] == [["a_0"], ["b_0"]]
    end(queue, first)
    assert names_of(queue.take(first.mesh)) == ["a_1"]
    end(queue, second)
    assert names_of(queue.take(second.mesh)) == ["b_1"]


def test_a_worker_without_a_mesh_of_its_own_helps_with_the_one_of_which_most_is_left():
    queue = queue_of(plan_of(samples_of(a=2, b=5)))
    queue.take(), queue.take()
    assert names_of(queue.take()) == ["b_1"]
    assert names_of(queue.take(Path("a.glb"))) == ["a_1"]
    assert len(queue) == 3


def test_a_piece_may_have_several_samples_of_a_mesh_and_no_more_than_wanted():
    queue = queue_of(plan_of(samples_of(a=5, b=1)))
    assert names_of(queue.take(most=3)) == ["a_0", "a_1", "a_2"]
    assert names_of(queue.take(Path("a.glb"), most=3)) == ["a_3", "a_4"]
    assert names_of(queue.take(most=3)) == ["b_0"]
    assert (queue.take(), len(queue)) == (None, 0)


def test_a_sample_whose_worker_is_lost_is_tried_once_more_then_failed():
    queue = queue_of(plan_of(samples_of(a=2)))
    piece = queue.take()
    assert queue.lose(piece, "its worker was killed") == ()
    again = queue.take()
    assert names_of(again) == ["a_0"]
    (failed,) = queue.lose(again, "its worker was killed", "see to memory")
    error = "its worker was killed twice: see to memory"
    assert failed.outcome.entry == {"name": "a_0", "status": "failed", "error": error}
    assert names_of(queue.take()) == ["a_1"]
    assert not queue


def test_a_sample_that_took_too_long_is_not_tried_again_and_those_after_it_are():
    queue = queue_of(plan_of(samples_of(a=4)))
    piece = queue.take(most=4)
    end(queue, piece, 1)
    assert piece.present.name == "a_1"
    (failed,) = queue.lose(piece, "took more than 5 s", again=False)
    assert failed.outcome.entry["error"] == "took more than 5 s"
    assert list(queue.take(most=4).left) == ["a_2", "a_3"]


def test_what_was_lost_without_a_sample_is_nothing():
    queue = queue_of(plan_of(samples_of(a=1)))
    piece = queue.take()
    end(queue, piece)
    assert (queue.lose(piece, "ended"), len(queue)) == ((), 0)


def test_frames_of_a_sequence_are_one_piece_and_go_on_from_those_that_are_finished():
    samples = samples_of(a=4, b=1)
    entry = {"name": "a_1", "status": "ok"}
    queue = queue_of(plan_of(samples, sequence=True), {"a_0", "a_2", "a_3", "b_0"}, {"a_1": entry})
    piece = queue.take()
    assert (len(queue), piece.mesh) == (1, Path("a.glb"))
    work = queue.work(piece)
    assert [sample.name for sample in work.plan.samples] == ["a_0", "a_1", "a_2", "a_3"]
    assert work.known == {"a_1": entry}
    end(queue, piece, 1)
    queue.lose(piece, "its worker was killed")
    (failed,) = queue.lose(queue.take(), "its worker was killed")
    assert failed.outcome.sample.name == "a_2"
    rest = queue.work(queue.take())
    assert [sample.name for sample in rest.plan.samples] == ["a_1", "a_3"]


def test_images_that_are_estimated_together_are_found_again_together_or_all_fail():
    samples = samples_of(a=3)
    queue = queue_of(plan_of(samples, joint=True), groups=[samples])
    piece = queue.take()
    end(queue, piece, 1)
    assert queue.lose(piece, "its worker was killed") == ()
    again = queue.take(most=9)
    assert list(again.left) == ["a_0", "a_1", "a_2"]
    assert len(queue.work(again).plan.samples) == 3
    failed = queue.lose(again, "its worker was killed", again=False)
    assert [worked.outcome.sample.name for worked in failed] == ["a_0", "a_1", "a_2"]


def test_pieces_that_were_not_begun_come_first_again():
    queue = queue_of(plan_of(samples_of(a=1, b=1)))
    first = queue.take()
    queue.give_back(first)
    assert queue.take() is first


@pytest.mark.parametrize(("workers", "timeout", "name", "expected"), [(1, 0, "", None), (2, 0, "", "processes")])
def test_an_executor_is_there_where_it_is_asked_for(workers, timeout, name, expected):
    from camera_estimation.commands.estimate.executor import executor_name

    execution = replace(SMALL_CONFIG.execution, workers=workers, timeout=timeout, executor=name)
    assert executor_name(execution) == expected
    assert executor_name(replace(execution, timeout=1.0)) == "processes"
    assert executor_name(replace(execution, executor="mine")) == "mine"
