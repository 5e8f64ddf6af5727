from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

import camera_estimation.estimation
from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate import work as work_module
from camera_estimation.commands.estimate._recorder import OutcomeRecorder
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate.work import do_work, work_of
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.image_sources import ImageSources
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.errors import InputError
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.pose_journal import PoseJournal
from tests.support.given_poses import initial_poses
from tests.support.small_runs import SMALL_CONFIG, statuses_of
from tests.support.small_samples import camera_around_box

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture(autouse=True)
def no_meshes():
    work_module._meshes.clear()


def work_elsewhere(plan, samples):
    """As another process gets it, and gives it back."""
    work = pickle.loads(pickle.dumps(work_of(plan, samples)))
    return pickle.loads(pickle.dumps(list(do_work(work))))


def timeless(entries):
    return [{**entry, "seconds": None} for entry in entries]


def test_work_in_pieces_and_in_any_order_gives_the_results_of_one_run(plan, samples, tmp_path, behavior):
    behavior["a_2"] = InputError("a_2.png: has no mask; give one")
    run_samples(plan)
    elsewhere = replace(plan, output_dir=tmp_path / "elsewhere")
    journal = PoseJournal(elsewhere.output_dir, [sample.name for sample in samples])
    recorder = OutcomeRecorder(journal, RunProgress(3, 0, quiet=True))
    for sample in reversed(samples):
        for worked in work_elsewhere(elsewhere, [sample]):
            recorder.record(worked.outcome)
    journal.close()
    assert timeless(read_poses(elsewhere.output_dir)) == timeless(read_poses(plan.output_dir))
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "failed", "b": "ok"}
    assert recorder.count_statuses() == {"ok": 2, "failed": 1}
    assert recorder.count_verdicts() == {"good": 2, "doubtful": 0, "wrong": 0}
    assert run_samples(elsewhere).skipped == 2  # their files are there


def test_pieces_of_one_mesh_load_it_once_in_a_process(plan, samples, log):
    for sample in samples[:2]:
        work_elsewhere(plan, [sample])
    assert [item for item in log if isinstance(item, str)] == ["a.glb"]
    other = replace(plan, config=merge_settings(SMALL_CONFIG, {"seed": 3}))
    work_elsewhere(other, samples[:1])
    assert [item for item in log if isinstance(item, str)] == ["a.glb", "a.glb"]


def test_lines_come_back_with_the_sample_that_they_are_of(plan, samples, monkeypatch, capfd):
    monkeypatch.setattr(camera_estimation.estimation.CameraEstimator, "remarks", ("views cannot be kept",))
    remarks = [worked.remarks for worked in work_elsewhere(plan, samples[:2])]
    assert remarks == [("views cannot be kept",), ()]
    assert capfd.readouterr().err == ""


def test_a_piece_has_what_is_known_of_its_samples_alone(plan, samples, log):
    known = {name: KnownCamera((50.0, 51.0, 24.0, number)) for number, name in enumerate(("a_1.png", "a_2", "b.png"))}
    cameras = {"a_1": camera_around_box(48, 40), "b": camera_around_box(48, 40)}
    boxes = {"a_2.png": (0.0, 0.0, 9.0, 9.0), "b": (1.0, 1.0, 9.0, 9.0)}
    whole = replace(
        plan,
        intrinsics=KnownIntrinsics(known),
        initial=initial_poses(cameras),
        images=ImageSources(boxes=boxes, points={"a_2": ((1.0, 2.0),)}),
    )
    part = work_of(whole, samples[1:2]).plan
    assert part.intrinsics.of(samples[1].image_path) == known["a_2"]
    assert (len(part.intrinsics.by_name), len(part.initial.index)) == (1, 0)
    assert part.images.boxes == {"a_2.png": (0.0, 0.0, 9.0, 9.0)}
    assert part.images.points == {"a_2.png": ((1.0, 2.0),)}
    assert len(work_of(whole, samples[:1]).plan.initial.index) == 1
    for sample in samples:
        assert work_of(whole, [sample]).plan.fingerprints.take(sample) == whole.fingerprints.take(sample)


def test_finished_frames_are_started_from_and_not_done_again(plan, samples, log, monkeypatch):
    told = []
    monkeypatch.setattr(
        work_module.SampleWorker, "append_known", lambda self, sample, entry: told.append(entry["loss"])
    )
    run_samples(replace(plan, samples=samples[:1]))
    log.clear()
    earlier = {entry["name"]: entry for entry in read_poses(plan.output_dir)}
    work = pickle.loads(pickle.dumps(work_of(plan, samples[:2], earlier)))
    assert [worked.outcome.entry["name"] for worked in do_work(work)] == ["a_2"]
    assert told == [0.125]
    assert [item[0] for item in log if isinstance(item, tuple)] == ["a_2.png"]


def test_limits_hold_where_the_work_is_done(plan, samples, own_limits):
    config = merge_settings(plan.config, {"limits": {"faces": 7}})
    work = pickle.loads(pickle.dumps(work_of(replace(plan, config=config), samples[:1])))
    own_limits()  # those of a process of its own
    (worked,) = do_work(work)
    assert worked.outcome.entry["status"] == "failed"
    assert "more than limits.faces = 7" in worked.outcome.entry["error"]
