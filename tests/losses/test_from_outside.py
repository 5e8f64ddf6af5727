"""A loss and a term of another package: announced as entry points, or registered by decorators."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest
import torch

from camera_estimation import plugins
from camera_estimation.commands.losses._table import loss_table
from camera_estimation.configuration import LossConfig
from camera_estimation.losses import creation
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.factory import create_objective, term_names
from camera_estimation.losses.registry import loss_classes, loss_registry, term_registry
from tests.support.pictures import make_pictures

MODULE = '''
from camera_estimation import LossObjective, register_loss
from camera_estimation.losses import TypedObjective, register_term

class Darkness(LossObjective):
    """How dark the render is."""

    formula = "darkness"
    description = "tests"

    def __init__(self, device="cpu", scale=1.0):
        super().__init__(device)
        self.scale = scale

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return self.scale * (1 - rendered_image).mean()  # of one image

class Contrast(TypedObjective):
    formula = "contrast"
    positive_options = ("power",)

    def __init__(self, device="cpu", power=2):
        super().__init__(device)
        self.power = power

    def measure(self, images, context):
        return (images.rendered_image - images.target_image).abs().pow(self.power).flatten(1).mean(1)
'''
DECORATORS = {
    "class Darkness": '@register_loss("darkness")\nclass Darkness',
    "class Contrast": '@register_term("contrast")\nclass Contrast',
}


@pytest.fixture(params=["entry points", "decorators"])
def outside(request, tmp_path, monkeypatch):
    """The module is there; its loss is called darkness, its term contrast."""
    text, announced = MODULE, {"camera_estimation.losses": "Darkness", "camera_estimation.terms": "Contrast"}
    if request.param == "decorators":
        announced = {}
        for line, decorated in DECORATORS.items():
            text = text.replace(line, decorated)
    (tmp_path / "from_outside.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(creation, "_objectives", {})
    monkeypatch.setattr(
        plugins,
        "entry_points",
        lambda group: [
            EntryPoint(name.lower(), f"from_outside:{name}", group) for of, name in announced.items() if of == group
        ],
    )
    with loss_registry.isolate(), term_registry.isolate():
        if not announced:
            __import__("from_outside")
        yield
    del sys.modules["from_outside"]


@pytest.mark.usefixtures("outside")
def test_they_run_alone_and_together():
    images = make_pictures(3)
    dark = 1 - images[0].mean((1, 2, 3))
    torch.testing.assert_close(evaluate(create_objective(LossConfig(name="darkness")), *images), dark)
    config = LossConfig(
        name="mine",
        terms=(
            {"term": "contrast", "power": 1, "weight": 0.5},
            {"term": "l1", "weight": 2.0},
            {"objective": "darkness", "scale": 3.0},
        ),
    )
    objective = create_objective(config)
    assert term_names(config) == ("contrast", "l1", "darkness")
    rendered = images[0].clone().requires_grad_()
    losses = evaluate(objective, rendered, *images[1:])
    torch.testing.assert_close(losses, 2.5 * (images[0] - images[1]).abs().mean((1, 2, 3)) + 3 * dark)
    losses.sum().backward()
    assert rendered.grad.isfinite().all()
    assert objective.formula == "0.5 contrast + 2 L1 + darkness"


@pytest.mark.usefixtures("outside")
def test_they_stand_in_the_tables_and_are_checked():
    classes = loss_classes()
    assert list(classes)[-1] == "darkness"
    (row,) = (
        line for line in loss_table(classes, dict.fromkeys(classes), width=200).splitlines() if "darkness" in line
    )
    assert row.split() == ["darkness", "darkness", "tests", "nothing", "yes"]
    assert list(term_registry.classes())[-1] == "contrast"
    with pytest.raises(ValueError, match=r"\('contrast'\): 'power' must be a whole number above 0, not 0.5"):
        create_objective(LossConfig(name="mine", terms=({"term": "contrast", "power": 0.5},)))
