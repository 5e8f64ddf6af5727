from __future__ import annotations

import subprocess
import sys

import pytest

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.losses import creation
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_classes, loss_names, loss_registry, register_loss
from tests.support.pictures import make_pictures
from tests.support.shape_checks import without_shape_checks

BUILT_IN = {
    *("silhouette_color", "dreamsim", "lpips", "l1l2", "ssim", "hybrid", "mask_only"),
    *("ms_ssim", "gradient", "census", "ncc", "silhouette_distance"),
}


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(creation, "_objectives", {})
    with loss_registry.isolate():
        yield


def test_all_objectives_are_known_and_described():
    classes = loss_classes()
    assert set(classes) >= BUILT_IN
    assert loss_names()[0] == "silhouette_color"
    for name, cls in classes.items():
        assert cls.name == name
        assert cls.formula
        assert cls.description
        assert cls.requirements


def test_the_table_imports_no_network_library():
    heavy = ("torch", "torchvision", "lpips", "dreamsim", "pytorch_msssim", "transformers", "timm", "peft")
    code = (
        "import sys; from camera_estimation.losses.registry import loss_classes\n"
        "for cls in loss_classes().values(): cls.missing()\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown loss 'dreamsin'; did you mean 'dreamsim'\?; known losses: .*ssim"):
        create_loss_objective("dreamsin")
    with pytest.raises(InputError, match="unknown loss 'zzz'; known losses"):
        create_loss_objective("zzz")


def test_unknown_options_are_refused():
    with pytest.raises(
        InputError, match=r"loss 'l1l2' has no option 'wait'; its options: l1_weight, .*boundary_weight"
    ):
        create_loss_objective("l1l2", wait=1)


def test_objectives_are_made_once_per_device_and_options():
    first = create_loss_objective("l1l2")
    assert create_loss_objective("l1l2") is first
    assert create_loss_objective("l1l2", boundary_weight=0.5) is not first
    assert create_loss_objective("l1l2", device="meta") is not first


def test_a_users_class_is_created_set_up_once_and_used():
    @register_loss("colour_sum")
    class ColorSum(LossObjective):
        set_up = 0

        def setup_models(self):
            self.set_up += 1

        def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
            return self.options["scale"] * (rendered_image.sum() - target_image.sum()).abs()

    assert "colour_sum" in loss_names()
    objective = create_loss_objective("colour_sum", scale=2.0)
    assert create_loss_objective("colour_sum", scale=2.0) is objective
    assert (objective.set_up, objective.device, objective.name) == (1, "cpu", "colour_sum")
    assert evaluate(objective, *make_pictures(3)).shape == (3,)


def test_a_name_cannot_be_taken_from_another_class():
    def make_class():
        class Mine(LossObjective):
            def compute_loss(self, *images, **kwargs):
                raise NotImplementedError

        return Mine

    with pytest.raises(ValueError, match=r"the loss name 'lpips' is taken by camera_estimation\.losses\.objectives"):
        register_loss("lpips")(make_class())
    register_loss("mine")(make_class())
    again = register_loss("mine")(make_class())  # a notebook cell that is run twice
    assert loss_classes()["mine"] is again


def test_a_class_can_be_registered_without_a_decorator():
    class Mine(LossObjective):
        def __init__(self):  # knows of no device
            super().__init__()

        def compute_loss(self, *images, **kwargs):
            raise NotImplementedError

    assert register_loss("mine", Mine) is Mine
    assert create_loss_objective("mine", device="meta").device == "meta"


@pytest.mark.parametrize("value", ["half", True, [0.5]])
def test_options_of_the_wrong_type_are_refused(value):
    with pytest.raises(InputError, match="option 'blur' must be a float"):
        create_loss_objective("silhouette_color", blur=value)


@without_shape_checks
def test_only_objectives_can_be_registered():
    with pytest.raises(TypeError, match="not a subclass of LossObjective"):
        register_loss("function")(lambda: None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "lpips",
            "lpips: weights of the VGG16 trunk are missing (vgg16-397923af.pth, 528 MB); "
            "fetch them with: camera-estimate --fetch_weights lpips",
        ),
        (
            "dreamsim",
            "dreamsim: weights of DreamSim ensemble and the DINO backbone are missing "
            "(dreamsim_ensemble_checkpoint.zip, 1.26 GB; dino_vitbase16_pretrain.pth, 343 MB); "
            "fetch them with: camera-estimate --fetch_weights dreamsim",
        ),
        (
            "hybrid",
            "hybrid: weights of DreamSim ensemble and the DINO backbone and the VGG16 trunk are missing "
            "(dreamsim_ensemble_checkpoint.zip, 1.26 GB; dino_vitbase16_pretrain.pth, 343 MB; "
            "vgg16-397923af.pth, 528 MB); fetch them with: camera-estimate --fetch_weights dreamsim lpips",
        ),
    ],
)
def test_missing_weights_are_named_with_the_command(no_weights, name, told):
    assert loss_classes()[name].missing() == told
    with pytest.raises(MissingWeightsError) as caught:
        create_loss_objective(name)
    assert str(caught.value) == told


def test_missing_weights_of_a_variant(no_weights):
    with pytest.raises(MissingWeightsError, match=r"the AlexNet trunk .*--fetch_weights lpips:alex$"):
        create_loss_objective("lpips", net="alex")
    with pytest.raises(InputError, match="lpips: unknown variant 'resnet'; known: vgg, alex, squeeze"):
        create_loss_objective("lpips", net="resnet")
