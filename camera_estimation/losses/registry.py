"""Objectives, and the terms that they are composed of, by name."""

from __future__ import annotations

import difflib
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, overload

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.source_line import blame_file

if TYPE_CHECKING:
    import torch

# Imported when the first name is asked for; the order is that of the table of objectives.
_BUILT_IN_MODULES = (
    "silhouette_color",
    "terms.pixel",
    "terms.local",
    "terms.silhouette",
    "terms.perceptual",
    "terms.semantic",
    "terms.given",
    "packaged",
)

_classes: dict[str, type[LossObjective]] = {}
_terms: dict[str, type[LossObjective]] = {}
_objectives: dict[tuple[type[LossObjective], str, str], LossObjective] = {}
_loading = threading.RLock()  # a composed objective loads its terms

ObjectiveClass = TypeVar("ObjectiveClass", bound=type[LossObjective])


@overload
def register_loss(name: str) -> Callable[[ObjectiveClass], ObjectiveClass]: ...
@overload
def register_loss(name: str, cls: ObjectiveClass) -> ObjectiveClass: ...
def register_loss(name: str, cls: Any = None) -> Any:
    """Makes a ``LossObjective`` known as ``name``: a class decorator, or with the class as second argument.

    A class may be registered again (a notebook cell that is run twice); raises ValueError if another class has the
    name, TypeError if the class is no ``LossObjective``.
    """
    register = _registrar("register_loss", "loss", name, _classes)
    return register if cls is None else register(cls)


def register_term(name: str) -> Callable[[ObjectiveClass], ObjectiveClass]:
    """Class decorator: makes a ``LossObjective`` known as a term of composed objectives. As ``register_loss``."""
    return _registrar("register_term", "term", name, _terms)


def loss_classes() -> dict[str, type[LossObjective]]:
    """All known objectives by name: those of the package, of installed packages, and what was registered here."""
    from camera_estimation.losses.installed import load_installed

    _import_built_in()
    load_installed()
    return dict(_classes)


def loss_names() -> list[str]:
    """Names of all known objectives."""
    return list(loss_classes())


def term_classes() -> dict[str, type[LossObjective]]:
    """All known terms by name."""
    _import_built_in()
    return dict(_terms)


def loss_class(name: str) -> type[LossObjective]:
    """The objective's class. Raises InputError for an unknown name."""
    return _named("loss", "losses", name, loss_classes())


def term_class(name: str) -> type[LossObjective]:
    """The term's class. Raises InputError for an unknown name."""
    return _named("term", "terms", name, term_classes())


def create_loss_objective(name: str, device: str | torch.device = "cpu", **options: Any) -> LossObjective:
    """The objective ``name``, ready for use; the same object each time, because networks load for seconds.

    Raises InputError for an unknown name or option, MissingWeightsError where weights are not on this machine.
    """
    return prepare_objective(loss_class(name), device, options)


def prepare_objective(cls: type[LossObjective], device: str | torch.device, options: dict[str, Any]) -> LossObjective:
    """As ``create_loss_objective``, of a class."""
    check_options(cls, options)
    key = (cls, str(device), repr(sorted(options.items())))
    with _loading:
        if key not in _objectives:
            missing = cls.missing(**options)
            if missing:
                raise MissingWeightsError(missing)
            _objectives[key] = _created(cls, device, options)
        return _objectives[key]


def check_options(cls: type[LossObjective], options: dict[str, Any]) -> None:
    """Raises InputError for an option that the class does not have, or one of the wrong type."""
    known = known_options(cls)
    if known is None:
        return
    for option, value in options.items():
        if option not in known:
            has = f"its options: {', '.join(known)}" if known else "it has no options"
            raise InputError(f"loss '{cls.name}' has no option '{option}'; {has}")
        default = known[option]
        if default is not None and type(value) is not type(default) and not (is_number(default) and is_number(value)):
            raise InputError(f"loss '{cls.name}': option '{option}' must be a {type(default).__name__}, not {value!r}")


def known_options(cls: type[LossObjective]) -> dict[str, Any] | None:
    """The options of a class with their defaults (None where there is none); None if it takes whatever comes."""
    parameters = inspect.signature(cls).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return {
        parameter.name: None if parameter.default is parameter.empty else parameter.default
        for parameter in parameters
        if parameter.name != "device"
    }


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """What is registered within is forgotten again if an error ends it."""
    before = [(registered, dict(registered)) for registered in (_classes, _terms)]
    try:
        yield
    except BaseException:
        for registered, classes in before:
            registered.clear()
            registered.update(classes)
        raise


def is_registered(cls: type[LossObjective]) -> bool:
    """Whether the class is an objective or a term under some name."""
    return cls in _classes.values() or cls in _terms.values()


def is_number(value: Any) -> bool:
    """Whether an option's value is a number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _registrar(
    function: str, kind: str, name: str, registered: dict[str, type[LossObjective]]
) -> Callable[[ObjectiveClass], ObjectiveClass]:
    def register(cls: ObjectiveClass) -> ObjectiveClass:
        if not (isinstance(cls, type) and issubclass(cls, LossObjective)):
            raise TypeError(f"{function}('{name}'): {cls!r} is not a subclass of LossObjective")
        if not cls.__module__.startswith(f"{__package__}."):
            _import_built_in()
        taken = registered.get(name)
        if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"the {kind} name '{name}' is taken by {taken.__module__}.{taken.__qualname__}")
        cls.name = name
        registered[name] = cls
        return cls

    return register


def _import_built_in() -> None:
    for module in _BUILT_IN_MODULES:
        import_module(f"{__package__}.{module}")


def _named(kind: str, plural: str, name: str, classes: dict[str, type[LossObjective]]) -> type[LossObjective]:
    if name not in classes:
        close = difflib.get_close_matches(name, classes, n=1)
        suggestion = f"; did you mean '{close[0]}'?" if close else ""
        raise InputError(f"unknown {kind} '{name}'{suggestion}; known {plural}: {', '.join(classes)}")
    return classes[name]


def _created(cls: type[LossObjective], device: str | torch.device, options: dict[str, Any]) -> LossObjective:
    """Set up; a class whose constructor knows of no device is told afterwards."""
    takes_device = known_options(cls) is None or "device" in inspect.signature(cls).parameters
    try:
        objective = cls(device=device, **options) if takes_device else cls(**options)
        objective.device = device
        objective.setup_models()
    except Exception as error:
        raise blame_file(cls, error) from error
    return objective
