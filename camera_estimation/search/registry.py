"""What a search is, the registry of searches, and the one that a configuration asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.configuration import Configuration, SearchConfig
from camera_estimation.errors import InputError
from camera_estimation.plugins import Registry

if TYPE_CHECKING:  # the names of searches are told without loading torch
    from camera_estimation.geometry import Camera
    from camera_estimation.images import Target
    from camera_estimation.losses import LossObjective
    from camera_estimation.poses import Candidates
    from camera_estimation.rendering import Renderer


class Search(ABC):
    """Finds candidates for the poses of one mesh; what it prepares for one image may serve the next.

    To add one, derive a class in a file of ``search/methods`` (or in a package of your own) and register it::

        @search_registry.register("mine")
        class MySearch(Search): ...
    """

    name: ClassVar[str]
    # Its row in tables: one short phrase each.
    description: ClassVar[str] = ""
    requirements: ClassVar[str] = "nothing"
    evaluates_objective: ClassVar[bool] = True  # else candidates are the same for every objective

    @abstractmethod
    def __init__(self, renderer: Renderer, objective: LossObjective, config: Configuration) -> None:
        """Prepares the search.

        Args:
            renderer: Of the mesh, or of a coarse copy.
            objective: What decides among poses.
            config: The settings; those of searches are in ``config.search``.
        """

    @abstractmethod
    def __call__(
        self, target: Target, full: Camera, on_best: Callable[[float], None], partial: bool = False
    ) -> Candidates:
        """Candidates as cameras of the full image, in the mesh's normalised frame, best first.

        Args:
            target: The part of the image around the object.
            full: Camera of the full image (a batch of one), whose pose does not matter.
            on_best: Is told the least value of the objective so far, where the search evaluates it.
            partial: The mask is not all of the object's silhouette, or more.
        """

    @property
    def remarks(self) -> Sequence[str]:
        """Lines about what could not be done as it should, so far."""
        return ()

    @staticmethod
    def missing() -> str | None:
        """One line that says what is not installed that it needs, and the remedy; None where it can be used."""
        return None


search_registry: Registry[type[Search]] = Registry(
    "search",
    group="camera_estimation.searches",
    home="camera_estimation.search.methods",
    order=("viewpoints", "dinov2", "pso", "cma"),
    base=Search,
)


def create_search(renderer: Renderer, objective: LossObjective, config: Configuration) -> Search:
    """The search named by ``config.search.method`` on the mesh of ``renderer``.

    Raises:
        InputError: As ``check_search``.
    """
    check_search(config.search)
    return search_registry.get(config.search.method)(renderer, objective, config)


def check_search(config: SearchConfig) -> None:
    """Raises InputError for a method that is unknown or cannot be used here, or a range that is none."""
    names = search_registry.names()
    if config.method not in names:
        raise InputError(f"search '{config.method}' is unknown: choose {', '.join(names)}")
    if not 0 < config.orbit.radius_min <= config.orbit.radius_max:
        raise InputError("search.orbit: radius_min must be more than 0 and at most radius_max")
    search_registry.check_runnable(config.method)
