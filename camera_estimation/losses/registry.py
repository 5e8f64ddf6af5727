"""Objectives by name."""

from __future__ import annotations

import difflib
import inspect
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.losses.objective import LossObjective

if TYPE_CHECKING:
    import torch

# Imported when the first name is asked for; the order is that of the table of objectives.
_BUILT_IN_MODULES = ("silhouette_color", "perceptual", "hybrid", "pixel")

_classes: dict[str, type[LossObjective]] = {}
_objectives: dict[tuple[type[LossObjective], str, str], LossObjective] = {}
_loading = threading.Lock()

ObjectiveClass = TypeVar("ObjectiveClass", bound=type[LossObjective])


def register_loss(name: str) -> Callable[[ObjectiveClass], ObjectiveClass]:
    """Class decorator: makes a ``LossObjective`` known as ``name``.

    A class may be registered again (a notebook cell that is run twice); raises ValueError if another class has the
    name, TypeError if the class is no ``LossObjective``.
    """

    def register(cls: ObjectiveClass) -> ObjectiveClass:
        if not (isinstance(cls, type) and issubclass(cls, LossObjective)):
            raise TypeError(f"register_loss('{name}'): {cls!r} is not a subclass of LossObjective")
        if not cls.__module__.startswith(f"{__package__}."):
            _import_built_in()
        taken = _classes.get(name)
        if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"the loss name '{name}' is taken by {taken.__module__}.{taken.__qualname__}")
        cls.name = name
        _classes[name] = cls
        return cls

    return register


def loss_classes() -> dict[str, type[LossObjective]]:
    """All known objectives by name."""
    _import_built_in()
    return dict(_classes)


def loss_names() -> list[str]:
    """Names of all known objectives."""
    return list(loss_classes())


def create_loss_objective(name: str, device: str | torch.device = "cpu", **options: Any) -> LossObjective:
    """The objective ``name``, ready for use; the same object each time, because networks load for seconds.

    Raises InputError for an unknown name or option, MissingWeightsError where weights are not on this machine.
    """
    cls = _loss_class(name)
    _check_options(cls, options)
    key = (cls, str(device), repr(sorted(options.items())))
    with _loading:
        if key not in _objectives:
            missing = cls.missing(**options)
            if missing:
                raise MissingWeightsError(missing)
            objective = cls(device=device, **options)
            objective.setup_models()
            _objectives[key] = objective
        return _objectives[key]


def _import_built_in() -> None:
    for module in _BUILT_IN_MODULES:
        import_module(f"{__package__}.{module}")


def _loss_class(name: str) -> type[LossObjective]:
    classes = loss_classes()
    if name not in classes:
        close = difflib.get_close_matches(name, classes, n=1)
        suggestion = f"; did you mean '{close[0]}'?" if close else ""
        raise InputError(f"unknown loss '{name}'{suggestion}; known losses: {', '.join(classes)}")
    return classes[name]


def _check_options(cls: type[LossObjective], options: dict[str, Any]) -> None:
    parameters = inspect.signature(cls).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = [parameter.name for parameter in parameters if parameter.name != "device"]
    for option in options:
        if option not in known:
            has = f"its options: {', '.join(known)}" if known else "it has no options"
            raise InputError(f"loss '{cls.name}' has no option '{option}'; {has}")
