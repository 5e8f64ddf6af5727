"""What the whole method says of an image beside the pose: occlusion, deformation, uncertainty, ambiguity, stages."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import camera_estimation
from camera_estimation import Configuration, estimate_camera, load_preset
from camera_estimation.cli import estimate as estimate_command, evaluate as evaluate_command
from camera_estimation.configuration import CameraConfig, RefinementConfig
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.source_image import SourceImage
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, bumpy_ball, smooth_texture, source_image_of, view_from

EXAMPLES = Path(camera_estimation.__file__).parent / "examples"
CAMERA = view_from((0.5, 0.4, 1.0), size=200)
HIDDEN = (slice(60, 125), slice(110, 200))  # the right 23 % of the ball's silhouette
FAST = load_preset("fast")
AS_IT_IS = Configuration(refinement=RefinementConfig(occlusion="off", mesh_quality="exact"))


def error_deg(estimate, camera: Camera = CAMERA) -> float:
    return math.degrees(rotmat_geodesic_distance(estimate.camera.rotation, camera.rotation.double()).item())


def photo(mesh, camera: Camera = CAMERA, hidden: tuple[slice, slice] | None = None) -> SourceImage:
    rgba = Renderer(mesh).supersample(camera, 2)
    if hidden is not None:
        rows, columns = hidden
        rgba[:, :, rows, columns] = 0
    return source_image_of(rgba)


@pytest.fixture(scope="module")
def ball():
    return bumpy_ball(40, 40)


@pytest.fixture(scope="module")
def whole(ball):
    return estimate_camera(ball, photo(ball))


@pytest.fixture(scope="module")
def occluded(ball):
    return estimate_camera(ball, photo(ball, hidden=HIDDEN))


def test_hidden_quarter_is_seen_through(occluded):
    """Measured: 1.0 degree."""
    assert occluded.occluded
    assert error_deg(occluded) < 2


def test_nothing_hidden_is_said_to_be(whole):
    assert not whole.occluded
    assert whole.deformation == 0
    assert error_deg(whole) < 0.5
    assert not whole.ambiguous


def test_without_occlusion_and_deformation_nothing_else_changes(ball, whole):
    """Where neither is suspected the answer is that of the same refinement, to the last digit."""
    plain = estimate_camera(ball, photo(ball), AS_IT_IS)
    assert torch.equal(plain.camera.world_to_camera, whole.camera.world_to_camera)
    assert [stage.name for stage in plain.stages] == [stage.name for stage in whole.stages]


def test_occlusion_off_believes_the_mask(ball, occluded):
    """The mask that leaves out a quarter pulls the pose: what was so before there was anything against it."""
    believed = estimate_camera(ball, photo(ball, hidden=HIDDEN), AS_IT_IS)
    assert not believed.occluded
    assert believed.deformation == 0
    assert error_deg(believed) > 3 * error_deg(occluded)
    names = [stage.name for stage in believed.stages]
    assert names == ["search", *(f"refine {size} px" for size in (64, 128, 256)), "decide"]


def test_occlusion_on_finds_what_is_whole_too(ball):
    config = Configuration(refinement=RefinementConfig(occlusion="on", mesh_quality="exact"))
    assert error_deg(estimate_camera(ball, photo(ball), config)) < 1


def test_occlusion_on_says_that_nothing_was_hidden(ball):
    config = replace(FAST, refinement=replace(FAST.refinement, occlusion="on", mesh_quality="exact"))
    assert not estimate_camera(ball, photo(ball), config).occluded


def test_small_picture_of_an_exact_mesh_is_not_taken_for_another_object(ball):
    estimate = estimate_camera(ball, photo(ball, view_from((0.5, 0.4, 1.0), size=80)))
    assert estimate.deformation == 0


@pytest.mark.parametrize("which", ["whole", "occluded"])
def test_stages_lead_to_the_answer(request, which):
    estimate = request.getfixturevalue(which)
    assert estimate.stages[0].name == "search"
    assert estimate.stages[-1].name == "decide"
    for stage in estimate.stages:
        assert len(stage.camera) == len(stage.score) > 0
        assert stage.kept
        assert len(set(stage.kept)) == len(stage.kept)
        assert all(0 <= index < len(stage.camera) for index in stage.kept)
        assert (stage.camera.width, stage.camera.height) == (200, 200)
    last = estimate.stages[-1]
    assert last.kept == [0]
    answers = [estimate.camera, *(other.camera for other in estimate.alternatives)]
    assert len(last.camera) == len(answers)
    for index, answer in enumerate(answers):
        assert torch.allclose(last.camera.world_to_camera[index].double(), answer.world_to_camera[0], atol=1e-4)
    assert last.score[0].item() == pytest.approx(estimate.loss)
    # What a stage keeps is what the next one begins with, but where the search is asked again.
    refinements = [stage for stage in estimate.stages if stage.name.startswith("refine")][:3]
    for before, after in zip([estimate.stages[0], *refinements[:-1]], refinements, strict=True):
        assert len(after.camera) == len(before.kept)
    for stage in refinements:
        assert stage.score[stage.kept].diff().ge(0).all()


def test_angles_and_evidence_of_alternatives(occluded):
    for other in occluded.alternatives:
        angle = rotmat_geodesic_distance(other.camera.rotation, occluded.camera.rotation).item()
        assert other.angle == pytest.approx(angle, abs=1e-6)
        assert math.isfinite(other.evidence)


def test_plain_box_is_ambiguous_and_a_textured_one_is_not():
    plain, textured = (estimate_camera(mesh, photo(mesh), FAST) for mesh in (box(), box(texture=smooth_texture())))
    assert plain.ambiguous
    half_turn = [other for other in plain.alternatives if math.degrees(other.angle) > 175]
    assert half_turn
    assert abs(half_turn[0].evidence) < 2
    assert not textured.ambiguous
    assert error_deg(textured) < 0.5


def test_unknown_focal_length_makes_depth_unsure(ball):
    camera = view_from((0.5, 0.4, 1.0), size=200, distance=2.2)
    held = replace(FAST, camera=CameraConfig(optimize_fov="off"))
    known, estimated = (estimate_camera(ball, photo(ball, camera), config) for config in (held, FAST))
    assert known.uncertainty.log_focal == 0
    assert estimated.uncertainty.log_focal > 0.001
    assert estimated.uncertainty.translation[2] > 3 * known.uncertainty.translation[2]


def test_uncertainty_covers_the_error(ball, whole):
    """Whether the focal length is estimated or known."""
    intrinsics = (*CAMERA.focal[0].tolist(), *CAMERA.principal_point[0].tolist())
    known = estimate_camera(ball, photo(ball), intrinsics=intrinsics)
    for estimate in (whole, known):
        assert error_deg(estimate) < 3 * math.degrees(estimate.uncertainty.rotation)
        off = (estimate.camera.translation - ball.to_world(CAMERA).translation)[0].abs()
        assert (off < 4 * torch.tensor(estimate.uncertainty.translation)).all()
    # Bends that leave the rim as far off as samples of its pixels do are counted.
    assert math.degrees(known.uncertainty.rotation) < 2
    assert known.uncertainty.log_focal == 0
    assert known.uncertainty.translation[2] < 0.2 * whole.uncertainty.translation[2]
    assert abs(math.log(float(whole.camera.focal[0, 1] / CAMERA.focal[0, 1]))) < 4 * whole.uncertainty.log_focal


def test_uncertainty_is_in_the_units_of_the_mesh(ball, whole):
    large = estimate_camera(replace(ball, radius=10 * ball.radius, center=10 * ball.center), photo(ball))
    assert large.uncertainty.rotation == pytest.approx(whole.uncertainty.rotation, rel=1e-3)
    assert large.uncertainty.translation == pytest.approx([10 * x for x in whole.uncertainty.translation], rel=1e-3)


@pytest.fixture(scope="module")
def run_of_the_example(tmp_path_factory):
    """A folder of results of the packaged example, and its ground truth."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "truth").mkdir()
    (folder / "truth" / "spot.json").write_text((EXAMPLES / "expected_camera.json").read_text())
    arguments = ["--input_dir", EXAMPLES / "spot.glb", "--source_images_dir", EXAMPLES / "spot.png"]
    arguments += ["--config", "fast", "--output_dir", folder / "out", "--device", "cpu"]
    done = CliRunner().invoke(estimate_command.main, [str(each) for each in arguments])
    assert done.exit_code == 0, done.output
    return folder


def test_stages_of_a_sample_in_its_folder(run_of_the_example):
    record = json.loads((run_of_the_example / "out" / "spot" / "stages.json").read_text())
    (entry,) = json.loads((run_of_the_example / "out" / "poses.json").read_text())["poses"]
    assert (record["format"], record["version"]) == ("camera-estimation/stages", 1)
    assert [stage["name"] for stage in record["stages"]] == ["search", "refine 64 px", "refine 128 px", "decide"]
    keys = {"width", "height", "fx", "fy", "cx", "cy", "world_to_camera", "score", "kept"}
    for stage in record["stages"]:
        assert all(set(candidate) == keys for candidate in stage["candidates"])
        assert any(candidate["kept"] for candidate in stage["candidates"])
    answer = record["stages"][-1]["candidates"][0]
    assert answer["kept"]
    assert answer["score"] == pytest.approx(entry["loss"])
    found = torch.tensor(answer["world_to_camera"])
    assert torch.allclose(found, torch.tensor(entry["world_to_camera"]), atol=1e-4)


def test_entry_says_what_else_is_known(run_of_the_example):
    (entry,) = json.loads((run_of_the_example / "out" / "poses.json").read_text())["poses"]
    camera = json.loads((run_of_the_example / "out" / "spot" / "camera.json").read_text())
    for name in ("uncertainty", "ambiguous", "occluded", "deformation", "alternatives"):
        assert entry[name] == camera[name]
        assert name in camera["conventions"]
    assert entry["occluded"] is False
    assert entry["ambiguous"] is False
    assert entry["deformation"] == 0
    assert 0 < entry["uncertainty"]["rotation_deg"] < 1
    assert len(entry["uncertainty"]["translation"]) == 3
    truth = json.loads((EXAMPLES / "expected_camera.json").read_text())
    assert abs(math.log(entry["fy"] / truth["fy"])) < 4 * entry["uncertainty"]["focal_share"] < 0.1


def test_stages_explain_the_run(run_of_the_example):
    arguments = ["--poses", run_of_the_example / "out", "--ground_truth", run_of_the_example / "truth"]
    done = CliRunner().invoke(evaluate_command.main, [str(each) for each in [*arguments, "--explain", "all"]])
    assert done.exit_code == 0, done.output
    assert "cause: solved" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.split()[:1] in (["search"], ["decide"])]
    assert len(rows) == 2
