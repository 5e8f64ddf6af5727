"""The flags that choose, load and list objectives."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import camera_estimation.estimation
from camera_estimation.cli.estimate import main
from camera_estimation.cli.settings import build_configuration, loss_options
from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses import creation, loss_file, loss_registry
from tests.support.small_samples import stub_estimator, write_box, write_disc

EDGES = """
from camera_estimation import LossObjective, register_loss

@register_loss("colour_edges")
class ColourEdges(LossObjective):
    "Edges of each colour."

    def __init__(self, device="cpu", strength=1.0):
        super().__init__(device)
        self.strength = strength

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return self.strength * (rendered_image.diff() - target_image.diff()).abs().mean()
"""
COMPOSED = """
[loss]
name = "mine"
file = "edges.py"

[[loss.terms]]
objective = "colour_edges"

[[loss.terms]]
term = "boundary"
weight = 0.1
"""


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(creation, "_objectives", {})
    monkeypatch.setattr(loss_file, "_loaded", {})
    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator({}, []))
    with loss_registry.isolate():
        yield


@pytest.fixture
def folder(tmp_path):
    write_box(tmp_path / "a.glb")
    write_disc(tmp_path / "a.png")
    (tmp_path / "edges.py").write_text(EDGES)
    (tmp_path / "mine.toml").write_text(COMPOSED)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run_on(folder, *arguments):
    files = ("--input_dir", folder / "a.glb", "--source_images_dir", folder / "a.png")
    return invoke(*files, "--output_dir", folder / "out", "--device", "cpu", *arguments)


def loss_settings(folder):
    return json.loads((folder / "out" / "run.json").read_text())["settings"]["loss"]


def test_the_only_objective_of_a_file_is_taken_and_told(folder):
    result = run_on(folder, "--loss_file", folder / "edges.py", "--loss_option", "strength=2")
    assert result.exit_code == 0, result.output
    assert f"objective: 'colour_edges', the only one in {folder / 'edges.py'}" in result.stderr
    recorded = loss_settings(folder)
    assert (recorded["name"], recorded["file"]) == ("colour_edges", str(folder / "edges.py"))
    assert recorded["options"] == {"strength": 2}


def test_an_objective_that_is_named_is_taken_without_a_word(folder):
    result = run_on(folder, "--loss_file", folder / "edges.py", "--loss_type", "silhouette_color")
    assert result.exit_code == 0
    assert "objective:" not in result.stderr
    assert loss_settings(folder)["name"] == "silhouette_color"


def test_of_several_objectives_one_must_be_named(folder):
    (folder / "edges.py").write_text(EDGES + "\nregister_loss('second', type('Second', (ColourEdges,), {}))\n")
    result = run_on(folder, "--loss_file", folder / "edges.py")
    assert result.exit_code == 2
    assert result.stderr.endswith("choose one of its objectives with --loss_type: colour_edges, second\n")


def test_a_file_beside_a_file_of_settings_is_found(folder, monkeypatch):
    monkeypatch.chdir("/")
    result = run_on(folder, "--config", folder / "mine.toml", "--loss_option", "boundary.weight=0.3")
    assert result.exit_code == 0, result.output
    recorded = loss_settings(folder)
    assert recorded["file"] == str(folder / "edges.py")
    assert recorded["terms"] == [{"objective": "colour_edges"}, {"term": "boundary", "weight": 0.1}]
    assert recorded["options"] == {"boundary": {"weight": 0.3}}


def test_terms_are_not_for_another_objective(folder):
    assert run_on(folder, "--config", folder / "mine.toml", "--loss_type", "ssim").exit_code == 0
    assert (loss_settings(folder)["name"], loss_settings(folder)["terms"]) == ("ssim", [])


def test_options_are_added_to_those_of_a_file_of_settings(folder):
    path = folder / "options.toml"
    path.write_text("[loss]\nname = 'l1l2'\noptions = { l1_weight = 0.9, boundary = { weight = 0.2, robust = 0.3 } }")
    flags = {"loss": {"options": loss_options(["boundary.weight=0.5", "robust=0.1"])}}
    found = build_configuration(None, [str(path)], flags).loss
    assert found == LossConfig(
        name="l1l2", options={"l1_weight": 0.9, "boundary": {"weight": 0.5, "robust": 0.3}, "robust": 0.1}
    )


def test_values_are_those_of_toml_and_bare_words():
    found = loss_options(["net=alex", "a.b.c=0.5", "a.b.d = true", "x='1'", "list=[1, 2]", "odd=1\ny=2", "none="])
    assert found == {
        **{"net": "alex", "a": {"b": {"c": 0.5, "d": True}}, "x": "1", "list": [1, 2], "odd": "1\ny=2", "none": ""}
    }


@pytest.mark.parametrize("wrong", ["net", "=3", "a..b=3", ".a=3"])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(InputError, match="give KEY=VALUE"):
        loss_options([wrong])
    with pytest.raises(InputError, match="'a' has a value already"):
        loss_options(["a=1", "a.b=2"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--loss_file", "missing.py"], "missing.py: no such file of objectives"),
        (
            ["--loss_type", "l1l2", "--loss_option", "wait=1"],
            "loss 'l1l2' has no option 'wait'; its options: l1_weight",
        ),
        (["--loss_option", "wait"], "--loss_option wait: give KEY=VALUE"),
        (["--benchmark"], "give both"),
    ],
)
def test_wrong_usage_is_one_line(folder, arguments, message):
    result = run_on(folder, *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr


def test_errors_of_a_file_are_one_line(folder):
    (folder / "edges.py").write_text(EDGES + "\nnothing\n")
    result = run_on(folder, "--loss_file", folder / "edges.py")
    assert result.exit_code == 2
    assert result.stderr == f"Error: {folder / 'edges.py'}:15: NameError: name 'nothing' is not defined\n"


def test_own_objectives_are_listed(folder):
    listed = invoke("--list_losses", "--config", folder / "mine.toml").output
    rows = {line.split()[0]: line for line in listed.splitlines() if line and not line.startswith(" ")}
    assert "Edges of each" in rows["colour_edges"]
    assert "colour_edges" in rows["mine"]


@pytest.mark.slow
def test_benchmark_measures_what_can_run(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    text = EDGES + "\nregister_loss('broken', type('Broken', (ColourEdges,), {'compute_loss': None}))\n"
    (folder / "edges.py").write_text(text)
    listed = invoke("--list_losses", "--benchmark", "--loss_file", folder / "edges.py", "--loss_type", "colour_edges")
    assert listed.exit_code == 0, listed.output
    rows = {line.split()[0]: line.split() for line in listed.output.splitlines() if line and line[0] != " "}
    for name in ("silhouette_color", "l1l2", "census", "colour_edges"):
        evaluation, with_gradient = (float(cell) for cell in rows[name][-2:])
        assert min(evaluation, with_gradient) > 0
    assert rows["dreamsim"][-2:] == ["no", "weights"]
    assert "fails" in rows["broken"]
    assert "broken: InputError:" in listed.output or "broken: TypeError:" in listed.output
    assert "256 x 256 pixels on" in listed.output
