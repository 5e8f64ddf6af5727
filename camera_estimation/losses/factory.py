"""The objective that a configuration describes: by name, from a file, or composed of terms."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses._term_options import apply_setting
from camera_estimation.losses._term_spec import TermSpec
from camera_estimation.losses.composition import ComposedObjective
from camera_estimation.losses.creation import prepare_objective
from camera_estimation.losses.loss_file import load_loss_file
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_class, loss_classes
from camera_estimation.losses.semantic_table import add_semantic_term

if TYPE_CHECKING:
    import torch

_composed: dict[tuple[Any, ...], type[ComposedObjective]] = {}


def create_objective(config: LossConfig, device: str | torch.device = "cpu") -> LossObjective:
    """The objective that a configuration describes, ready for use; the same object each time.

    Args:
        config: A name, a file, or terms, and options.
        device: Where it runs.

    Raises:
        InputError: Something is unknown or does not fit together.
        MissingWeightsError: Weights are not on this machine.
    """
    config = add_semantic_term(config)
    return prepare_objective(find_objective_class(config), device, config.options)


def find_objective_class(config: LossConfig) -> type[LossObjective]:
    """The class of ``create_objective``, without loading any network. Raises InputError."""
    config = add_semantic_term(config)
    if config.file:
        load_loss_file(config.file)
    return _compose_class(config) if config.terms else loss_class(config.name)


def term_names(config: LossConfig) -> tuple[str, ...]:
    """The names of the terms that ``without_terms`` can switch off; the objective's own if it is of one piece.

    Raises InputError.
    """
    cls = find_objective_class(config)
    if not issubclass(cls, ComposedObjective):
        return (cls.name,)
    return tuple(spec.name for spec in cls.active_terms(config.options))


def uses_term(config: LossConfig, of: str) -> bool:
    """Whether a term of that kind, switched on, is part of the objective, at any depth. Raises InputError."""
    config = add_semantic_term(config)
    return _uses(find_objective_class(config), config.options, of)


def _uses(cls: type[LossObjective], options: dict[str, Any], of: str) -> bool:
    if not issubclass(cls, ComposedObjective):
        return False
    return any(
        spec.of == of if spec.kind == "term" else _uses(spec.cls, spec.options, of)
        for spec in cls.active_terms(options)
    )


def without_terms(config: LossConfig, names: Iterable[str]) -> LossConfig:
    """The same objective with these terms switched off. Raises InputError if it has no such term, or none is left."""
    config = add_semantic_term(config)
    cls, names = find_objective_class(config), set(names)
    known = term_names(config)
    if not issubclass(cls, ComposedObjective):
        raise InputError(f"loss '{cls.name}' is of one piece: it has no terms to switch off")
    unknown = sorted(names.difference(known))
    if unknown:
        raise InputError(f"loss '{cls.name}' has no term '{unknown[0]}'; its terms: {', '.join(known)}")
    off = {name: {**config.options.get(name, {}), "weight": 0.0} for name in names}
    # Another way to set the same weight would contradict this one.
    others = {key: value for key, value in config.options.items() if key.removesuffix("_weight") not in names}
    options = {**others, **off}
    cls.active_terms(options)
    return replace(config, options=options)


def objective_name(config: LossConfig) -> str:
    """What results call the objective. Raises InputError."""
    return add_semantic_term(config).name


def _compose_class(config: LossConfig) -> type[ComposedObjective]:
    if config.name in loss_classes():
        raise InputError(
            f"loss.terms make an objective of their own, but the name '{config.name}' is taken: give another loss.name"
        )
    specs = _read_terms(config.terms)
    key = (config.name, json.dumps(config.terms, default=str), *(spec.cls for spec in specs))
    if key not in _composed:
        _composed[key] = type("Composition", (ComposedObjective,), {"composition": specs, "description": "your own"})
        _composed[key].name = config.name
    return _composed[key]


def _read_terms(tables: Iterable[dict[str, Any]]) -> tuple[TermSpec, ...]:
    specs = [_read_term(dict(table), f"loss.terms, table {index}") for index, table in enumerate(tables, start=1)]
    repeated = [name for name, count in Counter(spec.name for spec in specs).items() if count > 1]
    if repeated:
        raise InputError(f"loss.terms: two terms are called '{repeated[0]}'; tell them apart with name = \"...\"")
    return tuple(specs)


def _read_term(table: dict[str, Any], where: str) -> TermSpec:
    of = {kind: table.pop(kind) for kind in ("term", "objective") if kind in table}
    if len(of) != 1:
        raise InputError(f'{where}: name either a term or an objective, as in term = "l1"')
    ((kind, name),) = of.items()
    label = table.pop("name", "")
    if not isinstance(name, str) or not isinstance(label, str):
        raise InputError(f"{where}: names are in quotation marks, not {name!r} or {label!r}")
    spec = TermSpec(name, kind=kind, label=label)
    where = f"{where} ('{spec.name}')"
    for setting, value in table.items():
        spec = apply_setting(spec, setting, value, where)
    return spec
