"""Variants of one composed objective with terms switched off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from camera_estimation.comparison.objectives import (
    ComparedObjective,
    Selection,
    loss_by_name,
    set_shared_options,
    with_folders,
)
from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses import ComposedObjective, find_objective_class, loss_classes, term_names, without_terms

ALL_COMBINATIONS = 3  # of so many terms; of more, only each by itself is switched off


def ablation_base(base: LossConfig, names: Sequence[str], terms: Sequence[str], options: dict) -> LossConfig:
    """The objective whose terms are switched off: the one named, the one composed in ``base``, or the only packaged one
    with all of ``terms``.

    Args:
        base: Settings of the objective in the configuration.
        names: Of objectives, at most one.
        terms: To switch off.
        options: Of the objective.

    Raises:
        InputError: That is not one, or it lacks a term.
    """
    find_objective_class(base)
    if len(names) > 1:
        raise InputError(f"--ablate takes one objective apart: name one with --loss_types, not {', '.join(names)}")
    if not names and not base.terms:
        holding = [name for name in loss_classes() if set(terms) <= _terms(base, name)]
        if len(holding) != 1:
            found = f"several have: {', '.join(holding)}" if holding else "none has all of them"
            raise InputError(
                f"--ablate {','.join(terms)}: name the objective of these terms with --loss_types; {found}"
            )
        names = holding
    loss = loss_by_name(base, names[0]) if names else base
    return set_shared_options([loss], options)[0]


def variants(loss: LossConfig, terms: Sequence[str]) -> Selection:
    """The whole objective, then it without each of ``terms``, then, of few terms, without every combination of them.

    Args:
        loss: The whole objective.
        terms: To switch off.

    Raises:
        InputError: The objective is of one piece or has no such term.
    """
    terms = tuple(dict.fromkeys(terms))
    remaining = set(term_names(loss)).difference(terms)
    most = len(terms) if len(terms) <= ALL_COMBINATIONS else 1
    subsets = [subset for size in range(1, most + 1) for subset in combinations(terms, size)]
    if not remaining:  # nothing would be left
        subsets = [subset for subset in subsets if len(subset) < len(terms)]
    without_terms(loss, terms[:1])  # unknown terms are told before any work
    found = [ComparedObjective(loss.name, "", loss)]
    for subset in subsets:
        label = f"{loss.name} without {', '.join(subset)}"
        found.append(ComparedObjective(label, "", without_terms(loss, subset), subset))
    return Selection(with_folders(found))


def _terms(base: LossConfig, name: str) -> set[str]:
    loss = loss_by_name(base, name)
    return set(term_names(loss)) if issubclass(find_objective_class(loss), ComposedObjective) else set()
