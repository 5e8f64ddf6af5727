"""What an objective is: a measure of how badly a render matches the target image, one value per render.

A term of a composed objective has the same form (see composition.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from camera_estimation.losses.source_line import blame_file
from camera_estimation.weights import files as weights

if TYPE_CHECKING:  # the table of objectives is printed without loading torch
    import torch
    from jaxtyping import Float
    from torch import Tensor


class LossObjective(ABC):
    """Base class of all objectives and terms; ``register_loss`` or ``register_term`` makes one known under a name.

    Images are RGB in [0, 1], already premultiplied by their own masks, that is composited over black: the render by
    the rendered mask, the target by the target mask. An objective must never multiply the render by the target's
    mask, or colour outside the silhouette costs nothing.
    """

    # The row of the table of objectives: one short phrase each. ``register_loss`` sets the name. Of a term, ``made_of``
    # is what formulas call it.
    name: ClassVar[str] = ""
    made_of: ClassVar[str] = ""
    good_for: ClassVar[str] = ""
    needs: ClassVar[str] = "nothing"

    # Whether a term looks at images and masks alone, so that it can be given smaller or blurred ones.
    sees_images_only: ClassVar[bool] = True

    # Whether Gauss-Newton (refinement/gauss_newton.py) descends this very value, so that no further descent is needed.
    minimized_by_gauss_newton: ClassVar[bool] = False

    # What compute_loss can be called with; ``evaluate`` finds out where this is None. "batch": as declared below;
    # "single": a batch of one, for one value; "image": one image and its masks without batch axis, for one value.
    input_form: Literal["batch", "single", "image"] | None = None

    def __init__(self, device: str | torch.device = "cpu", **options: Any) -> None:
        self.device = device
        self.options = options

    def setup_models(self) -> None:  # noqa: B027 - most objectives have no network
        """Load networks. ``create_loss_objective`` calls this once, before the first use."""

    @abstractmethod
    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        """One value per image, lower is better, differentiable in the render (image and mask).

        Features of the target are kept as long as the same tensor comes: do not slice it anew for every call.
        """

    def compute_terms(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        **kwargs: Any,
    ) -> dict[str, Float[Tensor, " B"]]:
        """By name what the loss is the sum of: each term with its weight. An objective of one piece is its own term."""
        images = (rendered_image, target_image, rendered_mask, target_mask)
        return {self.name: evaluate(self, *images, **kwargs)}

    @classmethod
    def networks(cls, **options: Any) -> Sequence[tuple[str, str]]:
        """Network and variant (see weights.py) of the packaged networks that these options need."""
        return ()

    @classmethod
    def missing(cls, **options: Any) -> str | None:
        """None if the objective can run here with these options, else one line: what is missing and what to do.

        Called for every row of the table of objectives: look at files, import nothing heavy.
        """
        return weights.missing(cls.name, cls.networks(**options))


def evaluate(
    objective: LossObjective,
    rendered_image: Float[Tensor, "B 3 H W"],
    target_image: Float[Tensor, "#B 3 H W"],
    rendered_mask: Float[Tensor, "B 1 H W"],
    target_mask: Float[Tensor, "#B 1 H W"],
    **kwargs: Any,
) -> Float[Tensor, " B"]:
    """``objective.compute_loss`` with one value per image, whatever form of input a user's class was written for.

    Raises the objective's own error where it fails on every form, and TypeError where it returns something else: both
    as InputError with file and line where the class is from a file given by ``--loss_file``.
    """
    images = (rendered_image, target_image, rendered_mask, target_mask)
    failure: Exception | None = None
    for form in (objective.input_form,) if objective.input_form else ("batch", "single", "image"):
        try:
            losses = _evaluate_form(objective, form, images, kwargs)
        except Exception as error:
            failure = failure or error
            continue
        # One image with a batch axis does not tell what the objective does with several.
        if len(rendered_image) > 1 or form == "image":
            objective.input_form = form
        return losses
    assert failure is not None
    raise blame_file(type(objective), failure) from failure


def _evaluate_form(
    objective: LossObjective, form: str, images: tuple[Tensor, ...], kwargs: dict[str, Any]
) -> Float[Tensor, " B"]:
    import torch

    count = len(images[0])
    if form == "batch":
        return _values(objective, objective.compute_loss(*images, **kwargs), count)
    losses = []
    for index in range(count):
        selection = index if form == "image" else slice(index, index + 1)
        one = [_selected(image, selection) for image in images]
        losses.append(_values(objective, objective.compute_loss(*one, **kwargs), 1))
    return torch.cat(losses)


def _selected(image: Tensor, selection: int | slice) -> Tensor:
    """One image of a batch; a target that all renders share stays the same tensor where it can."""
    if len(image) > 1:
        return image[selection]
    return image[0] if isinstance(selection, int) else image


def _values(objective: LossObjective, losses: Any, count: int) -> Float[Tensor, " B"]:
    import torch

    if not isinstance(losses, torch.Tensor):
        raise TypeError(
            f"loss '{objective.name}': compute_loss returned a {type(losses).__name__}; "
            "it must return a tensor with one value per image"
        )
    if losses.numel() != count or (losses.ndim and losses.shape[0] != count):
        raise TypeError(
            f"loss '{objective.name}': compute_loss returned shape {list(losses.shape)} for {count} image(s); "
            f"it must return one value per image: [{count}]"
        )
    return losses.reshape(count)
