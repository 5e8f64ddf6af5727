"""One term of a composition: which, how much it weighs, what it sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.objective_options import option_defaults
from camera_estimation.losses.registry import loss_registry, term_registry


@dataclass(frozen=True)
class TermSpec:
    """A term, or a whole objective, ``of`` that name. ``options`` are those of its class."""

    of: str
    weight: float = 1.0
    kind: str = "term"  # or "objective"
    label: str = ""  # its name in the composition, if not ``of``
    blur: float = 0.0  # standard deviation in pixels, after the change of resolution
    resolution: int = 0  # pixels of the longer side; 0: as it comes
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the composition calls it."""
        return self.label or self.of

    @property
    def cls(self) -> type[LossObjective]:
        """The class behind it. Raises InputError for an unknown name."""
        return (term_registry if self.kind == "term" else loss_registry).get(self.of)

    @property
    def preparation_defaults(self) -> dict[str, Any]:
        """Settings, with defaults, of how images are prepared. Only terms that look at images and masks alone can be
        given smaller or blurred ones; an objective may have options of these names."""
        return {"blur": 0.0, "resolution": 0} if self.kind == "term" and self.cls.sees_images_only else {}

    def settings(self) -> dict[str, Any] | None:
        """What can be set, beside the weight, with defaults; None if the class takes whatever comes."""
        own = option_defaults(self.cls)
        return None if own is None else {**own, **self.preparation_defaults}


def sum_formula(specs: Iterable[TermSpec]) -> str:
    """The formula of a composition, such as "0.5 L1 + 0.5 L2 + 0.1 boundary"."""
    return " + ".join(_product(spec.cls.formula if spec.kind == "term" else spec.of, spec.weight) for spec in specs)


def _product(label: str, weight: float) -> str:
    if weight == 1:
        return label
    return f"{weight:g} ({label})" if " " in label else f"{weight:g} {label}"
