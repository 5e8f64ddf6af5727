from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.transform import Rotation

from camera_estimation.geometry.orbit import orbit_of
from camera_estimation.records._event_log import write_event_log
from camera_estimation.records._history import RESULT, history_of
from camera_estimation.records._history_table import read_history, write_history
from camera_estimation.records._object_panel import ObjectPanel, depth_picture
from camera_estimation.records._optimization_video import HELD, SIZE, optimization_video, spread_indices, video_frames
from tests.support.orbits import angle_deg
from tests.support.records import recorded_estimate


@pytest.fixture(scope="module")
def recorded():
    return recorded_estimate("l1l2")


@pytest.fixture(scope="module")
def rows(recorded):
    return history_of(recorded.estimate, recorded.image, recorded.estimator)


def test_rows_are_the_iterations_and_the_answer(recorded, rows):
    stages = list(dict.fromkeys(row.stage for row in rows))
    assert stages == ["refine 48 px", "refine 96 px", "descend", RESULT]
    assert len(rows) == len(recorded.estimate.iterations) + 1
    assert rows[-1].camera is recorded.estimate.camera
    assert rows[-1].loss == recorded.estimate.loss
    assert rows[-1].objective == pytest.approx(recorded.estimate.loss, rel=1e-4)
    assert angle_deg(rows[0].camera, recorded.truth) > angle_deg(rows[-1].camera, recorded.truth)


def test_objective_is_the_sum_of_its_terms_in_every_row(rows):
    for row in rows:
        assert list(row.terms) == ["l1", "l2", "boundary"]
        assert row.objective == pytest.approx(sum(row.terms.values()))
    descent = [row for row in rows if row.stage == "descend"]
    assert [row.number for row in descent] == list(range(7))
    assert [row.objective for row in descent] == pytest.approx([row.loss for row in descent], rel=1e-4)
    assert rows[-1].loss == pytest.approx(min(row.loss for row in descent))


def test_nothing_is_kept_unless_asked_for(recorded):
    estimator = recorded.estimator.with_settings(
        replace(recorded.estimator.config.refinement, levels=()), recorded.estimator.config.camera
    )
    estimator.record = False
    estimate = estimator.estimate(recorded.image, initial=recorded.truth, searched=0)
    assert estimate.iterations == ()
    assert [row.stage for row in history_of(estimate, recorded.image, estimator)] == [RESULT]


def test_table_holds_the_poses(recorded, rows, tmp_path):
    center = recorded.estimator.mesh.center
    write_history(tmp_path, rows, center)
    headings, cells = read_history(tmp_path)
    assert len(cells) == len(rows)
    for row, values in zip(rows, cells, strict=True):
        cell = dict(zip(headings, values, strict=True))
        rotation = Rotation.from_quat([cell[name] for name in ("qx", "qy", "qz", "qw")]).as_matrix()
        np.testing.assert_allclose(rotation, row.camera.rotation[0], atol=1e-6)
        assert [cell[name] for name in ("tx", "ty", "tz")] == row.camera.translation[0].tolist()
        orbit = orbit_of(row.camera, center)
        assert cell["yaw_deg"] == pytest.approx(math.degrees(orbit.yaw))
        assert cell["radius"] == pytest.approx(orbit.radius)
        assert (cell["stage"], cell["iteration"], cell["loss"]) == (row.stage, row.number, row.loss)
        assert cell["fy"] == row.camera.focal[0, 1].item()
        assert sum(cell[name] for name in headings if name.startswith("term_")) == pytest.approx(cell["objective"])
        assert cell["shift"] == row.shift
    assert [row[0] for row in cells] == list(range(len(rows)))


def test_values_that_are_not_finite_are_left_empty(recorded, rows, tmp_path):
    write_history(tmp_path, [replace(rows[0], loss=math.inf, objective=math.nan)], recorded.estimator.mesh.center)
    headings, (cells,) = read_history(tmp_path)
    assert cells[headings.index("loss")] is None
    assert cells[headings.index("objective")] is None


def test_panel_shows_what_the_image_does(recorded):
    panel = ObjectPanel(recorded.image, recorded.estimator.renderer, 80)
    assert max(panel.width, panel.height) == 80
    rgba, depth = panel.draw(recorded.truth)
    source = panel.image.mask[0].numpy()
    assert rgba.shape == (panel.height, panel.width, 4)
    assert np.abs(rgba[..., 3].astype(float) - source).mean() < 4
    shown = depth_picture(depth, float(recorded.truth.translation[0, 2]))
    assert (shown[depth == 0] == 0).all()
    assert shown[depth > 0].min() >= 40


def test_frames_of_the_video(recorded, rows):
    panel = ObjectPanel(recorded.image, recorded.estimator.renderer, 80)
    frames = list(video_frames("ball", "l1l2", rows, panel))
    stay = (len(frames) - HELD) // len(rows)
    assert len(frames) == stay * len(rows) + HELD
    assert 1 <= stay <= 4
    assert (frames[-1] == frames[-HELD]).all()
    assert (frames[0] != frames[-1]).any()
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}


def test_video_plays_in_browsers(recorded, rows, tmp_path):
    import imageio.v3 as imageio

    panel = ObjectPanel(recorded.image, recorded.estimator.renderer, 80)
    content = optimization_video("ball", "l1l2", rows, panel)
    assert content.index(b"moov") < content.index(b"mdat")  # plays while it is loaded
    (tmp_path / "video.mp4").write_bytes(content)
    meta = imageio.immeta(tmp_path / "video.mp4", plugin="FFMPEG")
    assert meta["codec"] == "h264"
    assert meta["pix_fmt"].startswith("yuv420p")
    assert meta["size"] == SIZE
    assert SIZE[0] % 2 == SIZE[1] % 2 == 0
    frames = imageio.imread(tmp_path / "video.mp4", plugin="FFMPEG")
    expected = list(video_frames("ball", "l1l2", rows, panel))
    assert len(frames) == len(expected)
    assert np.abs(frames[0].astype(float) - expected[0]).mean() < 3


def test_long_runs_are_thinned():
    assert spread_indices(5, 10) == [0, 1, 2, 3, 4]
    steps = spread_indices(1000, 90)
    assert len(steps) == len(set(steps)) == 90
    assert (steps[0], steps[-1]) == (0, 999)


def test_event_log_reads_back(recorded, rows, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    panel = ObjectPanel(recorded.image, recorded.estimator.renderer, 64)
    write_event_log(tmp_path, rows, panel, every=5)
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"images": 0, "scalars": 0})
    events.Reload()
    objective = events.Scalars("objective")
    assert [event.step for event in objective] == list(range(len(rows)))
    assert [event.value for event in objective] == pytest.approx([row.objective for row in rows], rel=1e-6)
    assert [event.value for event in events.Scalars("terms/l1")] == pytest.approx(
        [row.terms["l1"] for row in rows], rel=1e-6
    )
    assert len(events.Scalars("loss/descend")) == 7
    pictured = [*range(0, len(rows), 5), len(rows) - 1]
    for tag in ("render", "alpha", "difference", "depth"):
        pictures = events.Images(tag)
        assert [event.step for event in pictures] == sorted(set(pictured))
    (tmp_path / "alpha.png").write_bytes(events.Images("alpha")[-1].encoded_image_string)
    alpha = torch.from_numpy(np.array(Image.open(tmp_path / "alpha.png").convert("L")))
    assert (alpha.float() - panel.image.mask[0]).abs().mean() < 4
