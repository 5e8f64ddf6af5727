"""Options of composed objectives, which reach their terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.losses._term_spec import TermSpec
from camera_estimation.losses.objective_options import is_number


def apply_options(owner: str, specs: Iterable[TermSpec], options: dict[str, Any]) -> tuple[TermSpec, ...]:
    """The terms with ``options`` put in: ``{"l1": {"weight": 0.2}}``, ``l1_weight=0.2``, or a setting of any term.

    Raises InputError, which names the objective ``owner``, for an option that no term has or a wrong value.
    """
    changed = {spec.name: spec for spec in specs}
    for key, value in options.items():
        if key in changed:
            if not isinstance(value, dict):
                raise InputError(f"loss '{owner}': '{key}' is a term; set its options, such as {key}.weight")
            for setting, setting_value in value.items():
                changed[key] = apply_setting(changed[key], setting, setting_value, f"loss '{owner}', term '{key}'")
        elif key.removesuffix("_weight") in changed and key.endswith("_weight"):
            name = key.removesuffix("_weight")
            changed[name] = apply_setting(changed[name], "weight", value, f"loss '{owner}', term '{name}'")
        else:
            takers = [name for name, spec in changed.items() if key in (spec.settings() or ())]
            if not takers:
                known = ", ".join(_option_names(changed.values()))
                raise InputError(f"loss '{owner}' has no option '{key}'; its options: {known}")
            for name in takers:
                changed[name] = apply_setting(changed[name], key, value, f"loss '{owner}'")
    return tuple(changed.values())


def apply_setting(spec: TermSpec, setting: str, value: Any, where: str) -> TermSpec:
    """The term with one setting changed. Raises InputError that begins with ``where``."""
    if setting == "weight":
        return replace(spec, weight=_check_number(value, setting, where, least=None))
    known = spec.settings()
    if known is not None and setting not in known:
        raise InputError(f"{where} has no option '{setting}'; its options: {', '.join(['weight', *known])}")
    if setting in spec.preparation_defaults:
        number = _check_number(value, setting, where, least=0)
        return replace(spec, **{setting: type(spec.preparation_defaults[setting])(number)})
    if spec.kind == "term" and setting in spec.cls.positive_options:
        number = _check_number(value, setting, where, least=0)
        counts = known is not None and isinstance(known[setting], int)
        if number == 0 or (counts and not number.is_integer()):
            kind = "a whole number" if counts else "a number"
            raise InputError(f"{where}: '{setting}' must be {kind} above 0, not {value!r}")
    return replace(spec, options={**spec.options, setting: value})


def _check_number(value: Any, setting: str, where: str, least: float | None) -> float:
    if not is_number(value) or value != value or (least is not None and value < least):
        bound = "" if least is None else f" of at least {least}"
        raise InputError(f"{where}: '{setting}' must be a number{bound}, not {value!r}")
    return float(value)


def _option_names(specs: Iterable[TermSpec]) -> list[str]:
    specs = list(specs)
    shared = dict.fromkeys(setting for spec in specs for setting in spec.settings() or ())
    return [*(f"{spec.name}_weight" for spec in specs), *shared]
