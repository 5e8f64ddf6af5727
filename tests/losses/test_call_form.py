from __future__ import annotations

import pytest
import torch

from camera_estimation.losses.call_form import evaluate, find_call_form
from camera_estimation.losses.creation import prepare_objective
from camera_estimation.losses.objective import LossObjective
from tests.support.pictures import make_pictures


class Batched(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return (rendered_image - target_image).square().mean((1, 2, 3))


class Scalar(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        assert rendered_image.ndim == 4
        return (rendered_image - target_image).square().mean()


class OneImage(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        channels, _, _ = rendered_image.shape
        assert target_image.ndim == 3
        assert rendered_mask.shape[0] == 1
        return (rendered_image - target_image).square().sum() / channels / rendered_mask.numel()


class Kept(LossObjective):
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        return (rendered_image - target_image).square().mean((1, 2, 3), keepdim=True)


@pytest.mark.parametrize("objective_class", [Batched, Scalar, OneImage, Kept])
@pytest.mark.parametrize("count", [1, 3])
def test_evaluate_gives_one_value_per_image_for_every_form_of_objective(objective_class, count):
    images = make_pictures(count)
    expected = torch.stack([(one - images[1][0]).square().mean() for one in images[0]])
    objective = objective_class()
    for _ in range(2):  # what was found out in the first call holds in the second
        losses = evaluate(objective, *images)
        assert losses.shape == (count,)
        torch.testing.assert_close(losses, expected)


@pytest.mark.parametrize(("objective_class", "form"), [(Batched, "batch"), (Scalar, "single"), (OneImage, "image")])
def test_the_form_is_found_out_once(objective_class, form):
    objective = objective_class()
    evaluate(objective, *make_pictures(3))
    assert objective.input_form == form


def test_one_image_with_batch_axis_settles_nothing():
    objective = Scalar()
    evaluate(objective, *make_pictures(1))
    assert objective.input_form is None
    assert evaluate(objective, *make_pictures(2)).shape == (2,)


def test_targets_may_differ_per_image():
    rendered, _, rendered_mask, _ = make_pictures(3)
    target, target_mask = rendered.flip(0), rendered_mask.flip(0)
    losses = evaluate(OneImage(), rendered, target, rendered_mask, target_mask)
    torch.testing.assert_close(losses, evaluate(Batched(), rendered, target, rendered_mask, target_mask))
    assert losses[1] == 0


def test_gradients_pass():
    images = make_pictures(2)
    rendered = images[0].clone().requires_grad_()
    evaluate(Scalar(), rendered, *images[1:]).sum().backward()
    assert (rendered.grad.abs().flatten(1).sum(1) > 0).all()


@pytest.mark.parametrize(
    ("result", "told"),
    [(0.5, "returned a float"), (torch.zeros(5), r"shape \[5\] for 2 image"), (torch.zeros(2, 3), r"shape \[2, 3\]")],
)
def test_other_results_are_refused(result, told):
    class Wrong(LossObjective):
        name = "wrong"

        def compute_loss(self, *images, **kwargs):
            return result

    with pytest.raises(TypeError, match=f"loss 'wrong': compute_loss .*{told}"):
        evaluate(Wrong(), *make_pictures(2))


def test_the_objectives_own_error_comes_through():
    class Broken(LossObjective):
        def compute_loss(self, rendered_image, *others, **kwargs):
            raise RuntimeError(f"broken on {rendered_image.ndim} axes")

    with pytest.raises(RuntimeError, match="broken on 4 axes"):
        evaluate(Broken(), *make_pictures(2))


def test_keyword_arguments_reach_the_objective():
    class Told(LossObjective):
        def compute_loss(self, rendered_image, *others, weight, **kwargs):
            return weight * rendered_image.mean((1, 2, 3))

    images = make_pictures(2)
    torch.testing.assert_close(evaluate(Told(), *images, weight=2.0), 2 * images[0].mean((1, 2, 3)))


class TestProbe:
    """The form is found when an objective is made, so that uses call that form and no other."""

    @pytest.mark.parametrize(("objective_class", "form"), [(Batched, "batch"), (Scalar, "single"), (OneImage, "image")])
    def test_the_form_is_known_before_the_first_use(self, objective_class, form):
        objective = prepare_objective(objective_class, "cpu", {})
        assert objective.input_form == form
        assert evaluate(objective, *make_pictures(1)).shape == (1,)

    def test_errors_of_the_form_are_not_taken_for_another_form(self):
        calls = []

        class Picky(LossObjective):
            def compute_loss(self, rendered_image, *others, **kwargs):
                calls.append(rendered_image.ndim)
                if "camera" in kwargs:
                    raise RuntimeError("no camera, please")
                return rendered_image.mean((1, 2, 3))

        objective = prepare_objective(Picky, "cpu", {})
        assert calls == [4]
        with pytest.raises(RuntimeError, match="no camera"):
            evaluate(objective, *make_pictures(2), camera=None)
        assert calls == [4, 4]

    def test_what_small_images_do_not_tell_is_found_on_the_first_use(self):
        class Large(Scalar):
            def compute_loss(self, rendered_image, *others, **kwargs):
                if rendered_image.shape[-1] < 100:
                    raise ValueError("too small")
                return super().compute_loss(rendered_image, *others, **kwargs)

        objective = prepare_objective(Large, "cpu", {})
        assert objective.input_form is None
        assert evaluate(objective, *make_pictures(2, (120, 120))).shape == (2,)
        assert objective.input_form == "single"
        with pytest.raises(ValueError, match="too small"):
            evaluate(objective, *make_pictures(2, (60, 60)))

    def test_random_numbers_are_as_without_it(self):
        class Noisy(LossObjective):
            def compute_loss(self, rendered_image, *others, **kwargs):
                return torch.rand(len(rendered_image))

        state = torch.get_rng_state()
        assert find_call_form(Noisy()) == "batch"
        assert torch.equal(torch.get_rng_state(), state)
