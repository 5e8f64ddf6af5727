"""Objectives, and the terms that they are composed of, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from camera_estimation.losses.objective import LossObjective
from camera_estimation.plugins import Registry

ObjectiveClass = TypeVar("ObjectiveClass", bound=type[LossObjective])

loss_registry: Registry[type[LossObjective]] = Registry(
    "loss",
    plural="losses",
    group="camera_estimation.losses",
    home="camera_estimation.losses.objectives",
    order=("silhouette_color",),
    base=LossObjective,
    decorator="register_loss",
)
term_registry: Registry[type[LossObjective]] = Registry(
    "term",
    plural="terms",
    group="camera_estimation.terms",
    home="camera_estimation.losses.terms",
    # From plain to special, as messages name them; others follow.
    order=(
        *("l1", "l2", "boundary", "ssim", "ms_ssim", "gradient", "census", "ncc", "silhouette_distance"),
        *("dreamsim", "lpips", "semantic_cosine", "keypoints", "keypoints_3d", "depth"),
    ),
    base=LossObjective,
    decorator="register_term",
)


@overload
def register_loss(name: str) -> Callable[[ObjectiveClass], ObjectiveClass]: ...
@overload
def register_loss(name: str, cls: ObjectiveClass) -> ObjectiveClass: ...
def register_loss(name: str, cls: Any = None) -> Any:
    """Makes a ``LossObjective`` known as ``name``: a class decorator, or with the class as second argument.

    A class may be registered again (a notebook cell that is run twice).

    Args:
        name: What ``--loss_type`` calls it.
        cls: The class; without it, a decorator is returned.

    Raises:
        ValueError: Another class has the name.
        TypeError: The class is no ``LossObjective``.
    """
    register = loss_registry.register(name)
    return register if cls is None else register(cls)


def register_term(name: str) -> Callable[[ObjectiveClass], ObjectiveClass]:
    """Class decorator: makes a ``LossObjective`` known as a term of composed objectives. As ``register_loss``."""
    return term_registry.register(name)


def loss_classes() -> dict[str, type[LossObjective]]:
    """All known objectives by name: those of the package, of installed packages, and what was registered here."""
    return loss_registry.classes()


def loss_names() -> list[str]:
    """Names of all known objectives."""
    return loss_registry.names()


def loss_class(name: str) -> type[LossObjective]:
    """The objective's class. Raises InputError for an unknown name."""
    return loss_registry.get(name)
