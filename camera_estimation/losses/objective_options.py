"""Options of objectives: those that their classes' constructors name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.losses.objective import LossObjective


def check_options(cls: type[LossObjective], options: dict[str, Any]) -> None:
    """Raises InputError for an option that the class does not have, or one of the wrong type."""
    defaults = option_defaults(cls)
    if defaults is None:
        return
    for option, value in options.items():
        if option not in defaults:
            has = f"its options: {', '.join(defaults)}" if defaults else "it has no options"
            raise InputError(f"loss '{cls.name}' has no option '{option}'; {has}")
        default = defaults[option]
        if default is not None and type(value) is not type(default) and not (is_number(default) and is_number(value)):
            raise InputError(f"loss '{cls.name}': option '{option}' must be a {type(default).__name__}, not {value!r}")


def option_defaults(cls: type[LossObjective]) -> dict[str, Any] | None:
    """The options of a class with their defaults (None where there is none); None if it takes whatever comes."""
    parameters = inspect.signature(cls).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return {
        parameter.name: None if parameter.default is parameter.empty else parameter.default
        for parameter in parameters
        if parameter.name != "device"
    }


def takes_device(cls: type[LossObjective]) -> bool:
    """Whether the constructor can be told the device."""
    return option_defaults(cls) is None or "device" in inspect.signature(cls).parameters


def is_number(value: Any) -> bool:
    """Whether an option's value is a number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
