"""The objectives of a comparison, each with the folder that its results go to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from camera_estimation.configuration import DEFAULT_LOSS, LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses import check_options, find_objective_class, loss_class, loss_names

# What else lies beside the objectives' folders, and names that mean something to Windows.
TAKEN = ("sources", "comparison", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123"))


@dataclass(frozen=True)
class ComparedObjective:
    """``label`` is what people read; ``folder`` the name, safe on every system, of the folder in the comparison's.
    ``switched_off`` names terms in an ablation."""

    label: str
    folder: str
    loss: LossConfig
    switched_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """The objectives to compare, and lines about those that were left out because they cannot run here."""

    objectives: tuple[ComparedObjective, ...]
    remarks: tuple[str, ...] = ()


def select_objectives(base: LossConfig, names: Sequence[str], options: dict[str, Any]) -> Selection:
    """Objectives to compare.

    Args:
        base: Settings of the objective in the configuration: its file of objectives, and what is composed in it.
        names: Of objectives; without them all that can run here.
        options: Reach every objective that has them.

    Raises:
        InputError: A name or an option is unknown.
    """
    find_objective_class(base)  # loads the file of objectives
    composed = [base.name] if base.terms else []
    unknown = [name for name in names if name not in composed]
    for name in unknown:
        loss_class(name)
    wanted = list(dict.fromkeys(names or [*composed, *loss_names()]))
    losses = set_shared_options([loss_by_name(base, name) for name in wanted], options)
    if names:
        return Selection(label_objectives(losses))
    lacking = {loss.name: find_objective_class(loss).missing(**loss.options) for loss in losses}
    absent = [name for name, line in lacking.items() if line]
    remark = f"left out, as their weights are not here: {', '.join(absent)} (camera-estimate --list_losses says more)"
    return Selection(label_objectives([loss for loss in losses if not lacking[loss.name]]), (remark,) if absent else ())


def loss_by_name(base: LossConfig, name: str) -> LossConfig:
    """Settings of the objective ``name``: terms and options of ``base`` are only for the objective named there."""
    if name == base.name:
        return base
    options = base.options if base.name == DEFAULT_LOSS and not base.terms else {}
    taken = {key: value for key, value in options.items() if _accepts_option(name, base, key)}
    return replace(base, name=name, terms=(), options=taken)


def set_shared_options(losses: Sequence[LossConfig], options: dict[str, Any]) -> list[LossConfig]:
    """Each with those of ``options`` that it has. Raises InputError for an option that none of them takes."""
    result = list(losses)
    for key, value in options.items():
        refusal: InputError | None = None
        taken = False
        for index, loss in enumerate(result):
            changed = replace(loss, options={**loss.options, key: value})
            try:
                check_loss(changed)
            except InputError as error:
                refusal = error
                continue
            result[index], taken = changed, True
        if refusal is not None and not taken:
            raise refusal
    return result


def check_loss(loss: LossConfig) -> None:
    """Raises InputError for options that the objective does not have; loads no network."""
    cls = find_objective_class(loss)
    check_options(cls, loss.options)
    cls.missing(**loss.options)


def label_objectives(losses: Iterable[LossConfig]) -> tuple[ComparedObjective, ...]:
    """Labelled by name."""
    return with_folders([ComparedObjective(loss.name, "", loss) for loss in losses])


def with_folders(objectives: Iterable[ComparedObjective]) -> tuple[ComparedObjective, ...]:
    """Each with a folder of its own, which differs from the others by more than case."""
    taken = set(TAKEN)
    named = []
    for objective in objectives:
        base = re.sub(r"[^\w-]+", "_", objective.label).strip("_") or "objective"
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        named.append(replace(objective, folder=name))
    return tuple(named)


def _accepts_option(name: str, base: LossConfig, key: str) -> bool:
    try:
        check_loss(replace(base, name=name, terms=(), options={key: base.options[key]}))
    except InputError:
        return False
    return True
