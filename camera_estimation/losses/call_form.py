"""Calling objectives, which users write for batches or for one image at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias, get_args

from camera_estimation.losses._source_line import blame_file

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

# See ``LossObjective.input_form``.
CallForm: TypeAlias = Literal["batch", "single", "image"]
PROBE_SIZE = 64  # pixels of a side: the least window that poses are compared in


class Evaluable(Protocol):
    """As much of ``LossObjective`` as calling it needs."""

    name: ClassVar[str]
    device: str | torch.device
    input_form: CallForm | None

    @property
    def compute_loss(self) -> Callable[..., Any]:
        """The user's function, of whatever form."""
        ...


def evaluate(
    objective: Evaluable,
    rendered_image: Float[Tensor, "B 3 H W"],
    target_image: Float[Tensor, "#B 3 H W"],
    rendered_mask: Float[Tensor, "B 1 H W"],
    target_mask: Float[Tensor, "#B 1 H W"],
    **kwargs: Any,
) -> Float[Tensor, " B"]:
    """``objective.compute_loss`` with one value per image, whatever form of input a user's class was written for.

    Args:
        objective: Ready for use, as ``create_loss_objective`` makes it.
        rendered_image: Renders, premultiplied.
        target_image: One target for all, or one for each.
        rendered_mask: Coverage of the renders.
        target_mask: Coverage of the target.
        **kwargs: Fields of ``ViewContext``, and whatever else the objective takes.

    Raises:
        Exception: The objective's own error, where it fails on every form; as InputError with file and line where the
            class is from a file given by ``--loss_file``.
        TypeError: It returns something else; as InputError likewise.
    """
    images = (rendered_image, target_image, rendered_mask, target_mask)
    if objective.input_form is None:
        # No probe told, or none was made: this is an objective that is not from the registry, or wants real images.
        form, losses = _try_forms(objective, images, kwargs)
        # One image with a batch axis does not tell what the objective does with several.
        if len(rendered_image) > 1 or form == "image":
            objective.input_form = form
        return losses
    try:
        return _call(objective, objective.input_form, images, kwargs)
    except Exception as error:
        raise blame_file(type(objective), error) from error


def find_call_form(objective: Evaluable) -> CallForm | None:
    """The form in which two small renders and their target are taken, or None if none is.

    An objective that fails here may need larger images or more than images: ``evaluate`` tells its error then.
    """
    import torch
    from torch.nn import functional as F

    device = torch.device(objective.device)
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            ticks = torch.linspace(-1, 1, PROBE_SIZE, device=device)
            mask = ((ticks[:, None].square() + ticks.square()) < 0.5).to(ticks)[None, None]
            colors = torch.linspace(0.2, 0.8, 48, device=device).view(1, 3, 4, 4)
            image = F.interpolate(colors, (PROBE_SIZE, PROBE_SIZE), mode="bilinear") * mask
            renders = [torch.cat([single, 0.9 * single]) for single in (image, mask)]
            return _try_forms(objective, (renders[0], image, renders[1], mask), {})[0]
    except Exception:
        return None


def _try_forms(
    objective: Evaluable, images: tuple[Tensor, ...], kwargs: dict[str, Any]
) -> tuple[CallForm, Float[Tensor, " B"]]:
    """The first form that the objective takes, and its values; raises its error with the first if it takes none."""
    failure: Exception | None = None
    for form in get_args(CallForm):
        try:
            return form, _call(objective, form, images, kwargs)
        except Exception as error:
            failure = failure or error
    assert failure is not None
    raise blame_file(type(objective), failure) from failure


def _call(
    objective: Evaluable, form: CallForm, images: tuple[Tensor, ...], kwargs: dict[str, Any]
) -> Float[Tensor, " B"]:
    import torch

    count = len(images[0])
    if form == "batch":
        return _check_losses(objective, objective.compute_loss(*images, **kwargs), count)
    losses = []
    for index in range(count):
        selection = index if form == "image" else slice(index, index + 1)
        one = [_select(image, selection) for image in images]
        losses.append(_check_losses(objective, objective.compute_loss(*one, **kwargs), 1))
    return torch.cat(losses)


def _select(image: Tensor, selection: int | slice) -> Tensor:
    """One image of a batch; a target that all renders share stays the same tensor where it can."""
    if len(image) > 1:
        return image[selection]
    return image[0] if isinstance(selection, int) else image


def _check_losses(objective: Evaluable, losses: Any, count: int) -> Float[Tensor, " B"]:
    """What ``compute_loss`` returned as one value per image; raises TypeError for anything else."""
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
