"""Objectives that are weighted sums of terms.

The packaged ones are in objectives/compositions.py; tables ``[[loss.terms]]`` of a TOML file make others (see
factory.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.losses._term_options import apply_options
from camera_estimation.losses._term_spec import TermSpec, sum_formula
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.creation import prepare_objective
from camera_estimation.losses.objective import LossObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses._image_preparation import ImagePreparation


class _FormulaOfTerms:
    """A composition's formula: looked up when it is read, so that a class can be made before its terms are loaded."""

    def __get__(self, instance: Any, owner: type[ComposedObjective]) -> str:
        return sum_formula(owner.composition)


class _RequirementsOfTerms:
    """What a composition's terms need, each once."""

    def __get__(self, instance: Any, owner: type[ComposedObjective]) -> str:
        needs = dict.fromkeys(spec.cls.requirements for spec in owner.composition)
        return " and ".join(need for need in needs if need != LossObjective.requirements) or LossObjective.requirements


class ComposedObjective(LossObjective):
    """The sum of the terms in ``composition``, each times its weight.

    Options reach the terms: ``{"boundary": {"weight": 0.2}}``, in short ``boundary_weight=0.2``; an option without a
    term's name reaches all terms that have it: ``net="alex"``, ``blur=1.0``. A term whose weight is 0 is switched off:
    it is neither loaded nor evaluated, and what it needs may be missing.
    """

    composition: ClassVar[tuple[TermSpec, ...]] = ()
    formula = _FormulaOfTerms()  # type: ignore[assignment]
    requirements = _RequirementsOfTerms()  # type: ignore[assignment]
    input_form = "batch"

    def __init__(self, device: str | torch.device = "cpu", **options: Any) -> None:
        super().__init__(device, **options)
        self.active = self.active_terms(options)

    @classmethod
    def active_terms(cls, options: dict[str, Any]) -> tuple[TermSpec, ...]:
        """The terms that ``options`` leave switched on, with the options that are theirs.

        Raises InputError for an option that no term has, and if no term is left.
        """
        specs = apply_options(cls.name, cls.composition, options)
        active = tuple(spec for spec in specs if spec.weight != 0)
        if not active:
            raise InputError(f"loss '{cls.name}': all terms have the weight 0: {', '.join(s.name for s in specs)}")
        return active

    @classmethod
    def missing(cls, **options: Any) -> str | None:
        """In one line for all terms."""
        active = cls.active_terms(options)
        own = [spec.cls.missing(**spec.options) for spec in active if not spec.cls.networks(**spec.options)]
        lacking = [super().missing(**options), *own]
        return "; ".join(line for line in lacking if line) or None

    @classmethod
    def networks(cls, **options: Any) -> tuple[tuple[str, str], ...]:
        """Those of all terms."""
        return tuple(network for spec in cls.active_terms(options) for network in spec.cls.networks(**spec.options))

    def setup_models(self) -> None:
        """Terms are shared with the other objectives that use them with the same options."""
        self._objectives = {spec.name: prepare_objective(spec.cls, self.device, spec.options) for spec in self.active}
        self._preparations = {spec.name: _image_preparation(spec) for spec in self.active}

    def compute_terms(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        **kwargs: Any,
    ) -> dict[str, Float[Tensor, " B"]]:
        """Each term with its weight, under its name in the composition; ``compute_loss`` is their sum."""
        images = (rendered_image, target_image, rendered_mask, target_mask)
        values = {}
        for spec in self.active:
            preparation = self._preparations[spec.name]
            seen = preparation(*images) if preparation else images
            values[spec.name] = spec.weight * evaluate(self._objectives[spec.name], *seen, **kwargs)
        return values

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        """The sum of ``compute_terms``."""
        terms = self.compute_terms(rendered_image, target_image, rendered_mask, target_mask, **kwargs)
        first, *others = terms.values()
        return sum(others, start=first)


def has_term(cls: type[LossObjective], of: str) -> bool:
    """Whether a term of that kind is part of the objective, at any depth, switched on or off."""
    if not issubclass(cls, ComposedObjective):
        return False
    return any(spec.of == of if spec.kind == "term" else has_term(spec.cls, of) for spec in cls.composition)


def _image_preparation(spec: TermSpec) -> ImagePreparation | None:
    if not (spec.blur or spec.resolution):
        return None
    from camera_estimation.losses._image_preparation import ImagePreparation

    return ImagePreparation(spec.resolution, spec.blur)
