"""What an objective is: a measure of how badly a render matches the target image, one value per render.

A term of a composed objective has the same form (see composition.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from camera_estimation.deprecation import RenamedAttribute, adopt_old_names
from camera_estimation.losses.call_form import evaluate
from camera_estimation.weights import describe_missing

if TYPE_CHECKING:  # the table of objectives is printed without loading torch
    import torch
    from jaxtyping import Float
    from torch import Tensor


class LossObjective(ABC):
    """Base class of all objectives and terms; ``register_loss`` or ``register_term`` makes one known under a name.

    Images are RGB in [0, 1], already premultiplied by their own masks, that is composited over black: the render by
    the rendered mask, the target by the target mask. An objective must never multiply the render by the target's
    mask, or colour outside the silhouette costs nothing.

    Args:
        device: Where it runs.
        **options: What the user set; a class with options of its own names them in its constructor.
    """

    # The row of the table of objectives: one short phrase each. ``register_loss`` sets the name. Of a term, ``formula``
    # is what formulas call it.
    name: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    description: ClassVar[str] = ""
    requirements: ClassVar[str] = "nothing"

    # Whether a term looks at images and masks alone, so that it can be given smaller or blurred ones.
    sees_images_only: ClassVar[bool] = True

    # Options of a term that are numbers above zero; whole ones where the default is an int.
    positive_options: ClassVar[tuple[str, ...]] = ()

    # Whether Gauss-Newton (refinement/gauss_newton.py) descends this very value, so that no further descent is needed.
    minimized_by_gauss_newton: ClassVar[bool] = False

    # What compute_loss can be called with; found on a small probe where this is None (see call_form.py). "batch": as
    # declared below; "single": a batch of one, for one value; "image": one image and its masks without batch axis, for
    # one value.
    input_form: Literal["batch", "single", "image"] | None = None

    # Of version 0.1; they go with the next.
    made_of = RenamedAttribute("formula")
    good_for = RenamedAttribute("description")
    needs = RenamedAttribute("requirements")
    minimised_by_gauss_newton = RenamedAttribute("minimized_by_gauss_newton")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        adopt_old_names(cls)

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

        Features of the target are kept as long as the same tensor comes: do not slice it anew for every call. Keyword
        arguments are the fields of ``ViewContext``.
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
        """Network and variant (see weights/files.py) of the packaged networks that these options need."""
        return ()

    @classmethod
    def missing(cls, **options: Any) -> str | None:
        """None if the objective can run here with these options, else one line: what is missing and what to do.

        Called for every row of the table of objectives: look at files, import nothing heavy.
        """
        return describe_missing(cls.name, cls.networks(**options))
