from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import camera_estimation.estimation
from camera_estimation.batch.progress import RunProgress
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate._scene_worker import SceneWorker, find_scenes, mask_of_known, picture_size
from camera_estimation.commands.estimate._worker import SampleWorker
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.object_mark import ObjectMark
from camera_estimation.dataset.pairing import Sample
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import camera_around_box, estimate_of, write_box

SIZE = (96, 80)
ENTRY = {"status": "ok", "verdict": "good", "distortion": None, **camera_values(camera_around_box(*SIZE))}


@pytest.fixture
def seen():
    return []


@pytest.fixture(autouse=True)
def stub(monkeypatch, seen):
    """Finds the first object near, the second behind it; notes what is known of the image, and the starts."""

    class StubEstimator:
        remarks = ()

        def __init__(self, mesh, config, *, record=False):
            self.mesh, self.config = mesh, config
            self.renderer = Renderer(mesh)

        def estimate(self, image, *, initial=None, progress=None, **options):
            first = int(image.mask[0, :, : SIZE[0] // 2].sum()) > 0
            seen.append((first, image.known, initial))
            camera = camera_around_box(*SIZE, 5.0 if first else 8.0)
            shift = torch.tensor([[0.7 if first else 0.0, 0.0, 0.0]], dtype=torch.float64)
            return replace(
                estimate_of(image, self.config), camera=replace(camera, translation=camera.translation + shift)
            )

    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", StubEstimator)


@pytest.fixture
def plan(tmp_path):
    numbers = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8)
    numbers[20:60, 10:40] = 1
    numbers[20:60, 55:90] = 2
    Image.fromarray(numbers).save(tmp_path / "ids.png")
    Image.fromarray(np.full((*numbers.shape, 3), 120, dtype=np.uint8)).save(tmp_path / "table.png")
    mesh = write_box(tmp_path / "box.glb")
    samples = [
        Sample(name, mesh, tmp_path / "table.png", ObjectMark(tmp_path / "ids.png", number))
        for name, number in (("table__box", "1"), ("table__box_2", "2"))
    ]
    config = merge_settings(Configuration(), {"device": "cpu"})
    return EstimatePlan(config=config, samples=samples, output_dir=tmp_path / "out")


def test_what_is_behind_another_object_is_estimated_again(plan, seen, capfd):
    summary = run_samples(plan)
    assert (summary.ok, summary.failed) == (2, 0)
    assert [(first, initial is None) for first, _, initial in seen] == [(True, True), (False, True), (False, False)]
    known = seen[-1][1]
    assert known.shape == (1, SIZE[1], SIZE[0])
    assert 0.02 < float((known == 0).float().mean()) < 0.6
    assert all(each is None for _, each, _ in seen[:2])
    entries = {entry["name"]: entry for entry in read_poses(plan.output_dir)}
    assert [entries[name]["start"] for name in ("table__box", "table__box_2")] == ["search", "scene"]
    assert entries["table__box_2"]["object"] == {
        "mask": plan.samples[1].mark.mask_path.as_posix(),
        "instance": "2",
        "box": None,
    }
    with Image.open(plan.output_dir / "scene_table.png") as picture:
        assert picture.size == SIZE
    assert "table__box_2: estimated again without what other objects of its image hide" in capfd.readouterr().err


def test_a_finished_scene_is_left_alone(plan, seen):
    run_samples(plan)
    count = len(seen)
    assert run_samples(plan).skipped == 2
    assert len(seen) == count


def test_another_object_of_the_same_name_is_another_sample(plan, seen):
    run_samples(plan)
    count = len(seen)
    other = replace(plan.samples[1], mark=replace(plan.samples[1].mark, instance="1"))
    assert run_samples(replace(plan, samples=[plan.samples[0], other])).skipped == 1
    assert len(seen) == count + 1


@pytest.mark.parametrize("change", [{"joint": True}, {"random_init": 3}])
def test_modes_that_share_poses_get_the_picture_alone(plan, seen, change):
    plan = replace(plan, **change)
    worker = SceneWorker(SampleWorker(plan, RunProgress(2, 0, quiet=True)))
    entries = {name: {"name": name, **ENTRY} for name in ("table__box", "table__box_2")}
    assert list(worker.process(find_scenes(plan.samples)[0], entries)) == []
    assert not seen
    assert (plan.output_dir / "scene_table.png").is_file()


def test_which_samples_are_a_scene(tmp_path):
    def sample(image: str, instance: str, mesh: str = "a.glb") -> Sample:
        mark = ObjectMark(tmp_path / "ids.png", instance) if instance else ObjectMark()
        return Sample(f"{image}_{instance}", tmp_path / mesh, tmp_path / image, mark)

    marked = [sample("x/a.png", "1"), sample("x/a.png", "2"), sample("y/a.png", "1"), sample("y/a.png", "2")]
    scenes = find_scenes([*marked, sample("b.png", "1"), sample("c.png", ""), sample("c.png", "", "b.glb")])
    assert [scene.name for scene in scenes] == ["scene_a.png", "scene_a_2.png"]
    assert [len(scene.samples) for scene in scenes] == [2, 2]


def test_sizes_and_areas():
    assert picture_size(4096, 1024) == (2048, 512)
    assert picture_size(640, 480) == (640, 480)
    hidden = np.zeros((10, 10), dtype=bool)
    hidden[5, 5] = True
    known = mask_of_known(hidden, 20, 20)
    assert set(np.unique(known)) == {0, 255}
    assert (known == 0).sum() == (2 * 5) ** 2
