from __future__ import annotations

import logging
import textwrap
from importlib.metadata import EntryPoint

import pytest
import torch

from camera_estimation import plugins
from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses import creation, loss_file
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.factory import create_objective
from camera_estimation.losses.loss_file import load_loss_file
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_classes, loss_names, loss_registry
from tests.support.pictures import make_pictures

# The class of the ancestor's documentation.
DOCUMENTED = """
import torch
from camera_estimation import LossObjective, register_loss

class MyLoss(LossObjective):
    def setup_models(self):
        self.offset = torch.zeros(1, device=self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return ((rendered_image - target_image) ** 2).mean() + self.offset[0]
"""


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(creation, "_objectives", {})
    monkeypatch.setattr(loss_file, "_loaded", {})
    with loss_registry.isolate():
        yield


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "my_loss.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def test_the_documented_class_works_as_it_stands(written):
    path = written(DOCUMENTED + "\nregister_loss('mine')(MyLoss)\n")
    images = make_pictures(3)
    objective = create_objective(LossConfig(name="mine", file=str(path)))
    expected = (images[0] - images[1]).square().mean((1, 2, 3))
    torch.testing.assert_close(evaluate(objective, *images), expected)
    assert "mine" in loss_names()


@pytest.mark.parametrize(
    ("cls", "name"),
    [("MyLoss", "my"), ("EdgeLossObjective", "edge"), ("LPIPSAndL1", "lpips_and_l_1"), ("Loss", "loss")],
)
def test_a_class_that_is_not_registered_is_named_after_itself(written, cls, name):
    assert load_loss_file(written(DOCUMENTED.replace("MyLoss", cls))) == (name,)


def test_where_one_is_registered_the_others_are_not(written):
    text = DOCUMENTED + "\n@register_loss('special')\nclass Special(MyLoss):\n    pass\n"
    assert load_loss_file(written(text)) == ("special",)


def test_a_file_is_run_once_unless_it_changes(written, monkeypatch):
    path = written(DOCUMENTED)
    assert load_loss_file(path) == load_loss_file(path) == ("my",)
    first = loss_classes()["my"]
    assert load_loss_file(path.parent / "." / path.name) == ("my",)
    assert loss_classes()["my"] is first
    monkeypatch.chdir(path.parent)
    written(DOCUMENTED + "\n# more\n")
    assert load_loss_file(path.name) == ("my",)
    assert loss_classes()["my"] is not first


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = = 1\n", ":1: SyntaxError: invalid syntax"),
        ("import math\n\nmath.nothing\n", ":3: AttributeError: module 'math' has no attribute 'nothing'"),
        ("import no_such_module_anywhere\n", ":1: ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)\n", ":1: SystemExit: 3"),
        (DOCUMENTED + "\nregister_loss('lpips')(MyLoss)\n", ":12: ValueError: the loss name 'lpips' is taken"),
        (DOCUMENTED.replace("MyLoss", "SSIMLoss"), ":5: the loss name 'ssim' is taken"),
        ("x = 1\n", ": no objective in it: subclass LossObjective"),
    ],
)
def test_errors_name_file_and_line(written, text, told):
    path = written(text)
    before = loss_classes()
    with pytest.raises(InputError) as caught:
        load_loss_file(path)
    assert str(caught.value).startswith(f"{path}{told}")
    assert "\n" not in str(caught.value)
    assert loss_classes() == before


def test_what_a_file_registers_before_it_fails_is_forgotten(written):
    with pytest.raises(InputError, match=":13: ZeroDivisionError"):
        load_loss_file(written(DOCUMENTED + "\nregister_loss('mine')(MyLoss)\n1 / 0\n"))
    assert "mine" not in loss_classes()


@pytest.mark.parametrize("name", ["missing.py", "."])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(InputError, match="no such file of objectives"):
        load_loss_file(tmp_path / name)


def test_a_file_that_is_not_python(written):
    with pytest.raises(InputError, match=r"my_loss\.txt: .*end in \.py"):
        load_loss_file(written("", "my_loss.txt"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("self.offset = torch.zeros(1, device=self.device)", ":7: NameError: name 'nothing' is not defined"),
        ("return ((rendered_image - target_image) ** 2).mean() + self.offset[0]", ":10: NameError: name 'nothing'"),
    ],
)
def test_errors_while_it_runs_name_file_and_line(written, wrong, told):
    path = written(DOCUMENTED.replace(wrong, "nothing()"))
    with pytest.raises(InputError) as caught:
        evaluate(create_objective(LossConfig(name="my", file=str(path))), *make_pictures(2))
    assert str(caught.value).startswith(f"{path}{told}")


def test_a_result_of_the_wrong_kind_names_the_file(written):
    path = written(DOCUMENTED.replace("return (", "return 3.0 # ("))
    objective = create_objective(LossConfig(name="my", file=str(path)))
    with pytest.raises(InputError, match=r"my_loss\.py: TypeError: loss 'my': compute_loss returned a float"):
        evaluate(objective, *make_pictures(2))


class Installed(LossObjective):
    def compute_loss(self, rendered_image, *others, **kwargs):
        return rendered_image.mean((1, 2, 3))


class TestInstalledPackages:
    @pytest.fixture
    def announce(self, monkeypatch):
        def announce(**values):
            points = [EntryPoint(name, value, loss_registry.group) for name, value in values.items()]
            monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == loss_registry.group else [])

        return announce

    def test_their_objectives_are_known(self, announce):
        announce(from_elsewhere=f"{__name__}:Installed")
        assert loss_classes()["from_elsewhere"] is Installed
        assert next(iter(loss_classes())) == "silhouette_color"

    def test_broken_ones_cost_a_line_each_and_nothing_else(self, announce, caplog):
        announce(gone="no_such_package:Loss", ssim=f"{__name__}:Installed", good=f"{__name__}:Installed")
        with caplog.at_level(logging.WARNING):
            names = loss_names()
            loss_names()
        assert "good" in names
        assert "gone" not in names
        lines = [record.getMessage() for record in caplog.records]
        assert lines[0].startswith("loss 'gone' is left out: ModuleNotFoundError: No module named 'no_such_package'")
        assert lines[1].startswith("loss 'ssim' is left out: ValueError: the loss name 'ssim' is taken")
        assert len(lines) == 2
