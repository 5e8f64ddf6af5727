"""What an objective is: a measure of how badly a render matches the target image, one value per render."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # the table of objectives is printed without loading torch
    import torch
    from jaxtyping import Float
    from torch import Tensor


class LossObjective(ABC):
    """Base class of all objectives; make it known under a name with ``register_loss``.

    Images are RGB in [0, 1], already premultiplied by their own masks, that is composited over black: the render by
    the rendered mask, the target by the target mask. An objective must never multiply the render by the target's
    mask, or colour outside the silhouette costs nothing.
    """

    # The row of ``--list_losses``: one short phrase each. ``register_loss`` sets the name.
    name: ClassVar[str] = ""
    made_of: ClassVar[str] = ""
    good_for: ClassVar[str] = ""
    needs: ClassVar[str] = "nothing"

    # Whether compute_loss takes batches, or one image without batch axis; ``evaluate`` finds out where this is None.
    takes_batch: bool | None = None

    def __init__(self, device: str | torch.device = "cpu", **options: Any) -> None:
        self.device = device
        self.options = options

    def setup_models(self) -> None:
        """Load networks. ``create_loss_objective`` calls this once, before the first use."""

    @abstractmethod
    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "1|B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "1|B 1 H W"],
        **kwargs: Any,
    ) -> Float[Tensor, "B"]:
        """One value per image, lower is better, differentiable in the render (image and mask)."""

    @classmethod
    def missing(cls, **options: Any) -> str | None:
        """None if the objective can run here with these options, else one line with what is missing and what to do.

        Called for every row of ``--list_losses``: look at files, import nothing heavy.
        """
        return None


def evaluate(
    objective: LossObjective,
    rendered_image: Float[Tensor, "B 3 H W"],
    target_image: Float[Tensor, "1|B 3 H W"],
    rendered_mask: Float[Tensor, "B 1 H W"],
    target_mask: Float[Tensor, "1|B 1 H W"],
    **kwargs: Any,
) -> Float[Tensor, "B"]:
    """``objective.compute_loss`` with one value per image, whatever a user's class was written for.

    An objective that returns one value for a whole batch is called for each image on its own; one that fails on a
    batch is tried on images without batch axis (``[3, H, W]`` and ``[1, H, W]``). Raises TypeError for any other result.
    """
    images = (rendered_image, target_image, rendered_mask, target_mask)
    if objective.takes_batch is None:
        return _evaluate_first(objective, images, kwargs)
    if objective.takes_batch:
        return _evaluate_batch(objective, images, kwargs)
    return _evaluate_images(objective, images, kwargs)


def _evaluate_first(objective: LossObjective, images: tuple[Tensor, ...], kwargs: dict[str, Any]) -> Float[Tensor, "B"]:
    try:
        losses = _evaluate_batch(objective, images, kwargs)
        objective.takes_batch = True
    except (RuntimeError, ValueError, IndexError, AssertionError) as batch_error:
        try:
            losses = _evaluate_images(objective, images, kwargs)
        except Exception:
            raise batch_error from None
        objective.takes_batch = False
    return losses


def _evaluate_batch(objective: LossObjective, images: tuple[Tensor, ...], kwargs: dict[str, Any]) -> Float[Tensor, "B"]:
    count = images[0].shape[0]
    losses = _tensor(objective, objective.compute_loss(*images, **kwargs))
    if losses.numel() == count and losses.shape[:1] in ((), (count,)):
        return losses.reshape(count)
    if losses.numel() == 1:
        singles = [_image(images, index, slice(index, index + 1)) for index in range(count)]
        return _stacked(objective, [objective.compute_loss(*single, **kwargs) for single in singles])
    raise TypeError(
        f"loss '{objective.name}': compute_loss returned shape {tuple(losses.shape)} for {count} images; "
        f"it must return [{count}], one value per image, or a single value"
    )


def _evaluate_images(
    objective: LossObjective, images: tuple[Tensor, ...], kwargs: dict[str, Any]
) -> Float[Tensor, "B"]:
    singles = [_image(images, index, index) for index in range(images[0].shape[0])]
    return _stacked(objective, [objective.compute_loss(*single, **kwargs) for single in singles])


def _image(images: tuple[Tensor, ...], index: int, selection: int | slice) -> list[Tensor]:
    """The images at ``index``; a target that all renders share stays itself, so that its features are found again."""
    shared = 0 if isinstance(selection, int) else slice(None)
    return [image[shared if image.shape[0] == 1 else selection] for image in images]


def _stacked(objective: LossObjective, values: list[Any]) -> Float[Tensor, "B"]:
    tensors = [_tensor(objective, value) for value in values]
    for tensor in tensors:
        if tensor.numel() != 1:
            raise TypeError(
                f"loss '{objective.name}': compute_loss returned shape {tuple(tensor.shape)} for one image; "
                "it must return a single value"
            )
    first, *others = (tensor.reshape(1) for tensor in tensors)
    return first if not others else first.new_tensor([]).to(first) if False else _concatenated([first, *others])
