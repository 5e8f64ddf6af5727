"""One registry for all that can be added: losses, terms, segmenters, searches, renderers, mesh readers, exporters,
pose readers, lights, executors.

A plug-in is a class in a file of its own that registers itself::

    @segmenters.register("mine")
    class MySegmenter: ...

Built-in ones are the modules of the registry's ``home`` package; those of other packages are announced as entry points
of its ``group``, ``NAME = "package.module:Class"``. Modules are imported when a name is first asked for, so they import
what is heavy, torch too, inside of functions.
"""

from __future__ import annotations

import difflib
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, EntryPoints, distributions
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Generic, TypeVar, cast
from weakref import WeakSet

from camera_estimation.errors import InputError, kind_and_reason

Plugin = TypeVar("Plugin", bound=type)
PluginClass = TypeVar("PluginClass", bound=type)

ENTRY_POINT_PREFIX = "camera_estimation."  # with which the groups of all registries begin

_registries: WeakSet[Registry[Any]] = WeakSet()


@cache
def _read_announcements() -> EntryPoints:
    """What installed packages announce for all registries; of a package that is found twice the first counts."""
    found: dict[str, EntryPoints] = {}
    for distribution in distributions():
        text = distribution.read_text("entry_points.txt")
        if text and ENTRY_POINT_PREFIX in text:
            found.setdefault(distribution.metadata["Name"], distribution.entry_points)
    return EntryPoints(point for points in found.values() for point in points)


def entry_points(*, group: str) -> EntryPoints:
    """As ``importlib.metadata.entry_points``, which parses the files of all packages anew for each registry: a tenth of
    a second where many are installed."""
    return _read_announcements().select(group=group)


class Registry(Generic[Plugin]):
    """The plug-ins of one kind by name, in the order of ``order``, then of their registration.

    Args:
        kind: What one of them is called in messages, such as "loss".
        group: Entry-point group in which other packages announce theirs.
        home: Package whose modules hold the built-in ones, one or more each; None where there are none.
        order: Names that come first, in tables and messages.
        base: Class that a plug-in must derive from; None where any class will do.
        plural: What messages call them all, such as "losses"; they do without where it is empty.
        decorator: The function that calls ``register``, for messages, where there is one.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        home: str | None = None,
        order: tuple[str, ...] = (),
        base: type | None = None,
        *,
        plural: str = "",
        decorator: str = "",
    ) -> None:
        self.kind, self.group, self.home, self.order, self.base = kind, group, home, order, base
        self.plural, self.decorator = plural, decorator
        self._classes: dict[str, Plugin] = {}
        self._built_in_loaded = self._announced_loaded = self._loading_announced = False
        self._lock = threading.RLock()  # a plug-in's module may ask for others
        _registries.add(self)

    def register(self, name: str) -> Callable[[PluginClass], PluginClass]:
        """Class decorator: makes a class known as ``name``, which becomes its attribute ``name``.

        A class may be registered again (a notebook cell that is run twice).

        Raises:
            ValueError: Another class has the name.
            TypeError: It is no class, or none that derives from ``base``.
        """

        def add(cls: PluginClass) -> PluginClass:
            if not isinstance(cls, type) or (self.base is not None and not issubclass(cls, self.base)):
                wanted = "class" if self.base is None else f"subclass of {self.base.__name__}"
                function = f"{self.decorator}('{name}')" if self.decorator else f"{self.kind} '{name}'"
                raise TypeError(f"{function}: {cls!r} is not a {wanted}")
            if not self._is_built_in(cls.__module__):
                self._load_built_in()
            taken = self._classes.get(name)
            if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
                raise ValueError(f"the {self.kind} name '{name}' is taken by {taken.__module__}.{taken.__qualname__}")
            cls.name = name  # type: ignore[attr-defined]
            self._classes[name] = cast(Plugin, cls)
            return cls

        return add

    def classes(self) -> dict[str, Plugin]:
        """All of them by name: built in, of installed packages, and registered by the user's own code."""
        self._load_built_in()
        self._load_announced()
        ranks = {name: rank for rank, name in enumerate(self.order)}
        return dict(sorted(self._classes.items(), key=lambda item: ranks.get(item[0], len(ranks))))

    def names(self) -> list[str]:
        """Of all of them."""
        return list(self.classes())

    def names_at_hand(self) -> list[str]:
        """Of the built-in ones, which are those of their modules, and of those that packages announce: without loading
        any. Where a module registers several, or is announced in the place of its classes, ``names`` knows more."""
        spec = find_spec(self.home) if self.home is not None else None
        modules = pkgutil.iter_modules(spec.submodule_search_locations) if spec is not None else ()
        spelled = {name.replace("-", "_"): name for name in self.order}  # modules cannot have dashes
        names = [spelled.get(module.name, module.name) for module in modules if not module.name.startswith("_")]
        names += [entry_point.name for entry_point in entry_points(group=self.group)]
        return [*(name for name in self.order if name in names), *(name for name in names if name not in self.order)]

    def get(self, name: str, source: str = "") -> Plugin:
        """The class called ``name``.

        Args:
            name: As it was registered.
            source: What asked for it, such as a flag; the message of the error begins with it.

        Raises:
            InputError: There is none of that name; tells the nearest one, and all.
        """
        classes = self.classes()
        if name not in classes:
            close = difflib.get_close_matches(name.lower(), classes, n=1)
            suggestion = f"; did you mean '{close[0]}'?" if close else ""
            prefix = f"{source}: " if source else ""
            known = f"known {self.plural}" if self.plural else "known"
            raise InputError(f"{prefix}unknown {self.kind} '{name}'{suggestion}; {known}: {', '.join(classes)}")
        return classes[name]

    def check_runnable(self, name: str, **options: Any) -> None:
        """Raises InputError for an unknown name, and, with the remedy, for what it lacks to run (its ``missing``)."""
        missing = getattr(self.get(name), "missing", None)
        reason = missing(**options) if missing is not None else None
        if reason:
            raise InputError(reason)

    def is_registered(self, cls: type) -> bool:
        """Whether the class is known under some name."""
        return cls in self._classes.values()

    @contextmanager
    def restore_on_error(self) -> Iterator[None]:
        """What is registered within is forgotten again if an error ends it."""
        before = dict(self._classes)
        try:
            yield
        except BaseException:
            self._classes = before
            raise

    @contextmanager
    def isolate(self) -> Iterator[None]:
        """What is registered within is forgotten after it, and packages are asked anew for theirs: for tests."""
        before = dict(self.classes())
        self._announced_loaded = False
        _read_announcements.cache_clear()
        try:
            yield
        finally:
            self._classes, self._announced_loaded = before, True

    def _is_built_in(self, module: str) -> bool:
        return self.home is not None and (module == self.home or module.startswith(f"{self.home}."))

    def _load_built_in(self) -> None:
        if self._built_in_loaded or self.home is None:
            return
        with self._lock:
            home = import_module(self.home)
            for module in pkgutil.iter_modules(home.__path__):
                if not module.name.startswith("_"):
                    import_module(f"{self.home}.{module.name}")
            self._built_in_loaded = True

    def _load_announced(self) -> None:
        """Once; one that does not load is left out with a line of warning, and costs nothing else."""
        if self._announced_loaded:
            return
        with self._lock:
            if self._announced_loaded or self._loading_announced:
                return
            self._loading_announced = True
            try:
                for entry_point in entry_points(group=self.group):
                    self._adopt(entry_point)
                self._announced_loaded = True
            finally:
                self._loading_announced = False

    def _adopt(self, entry_point: EntryPoint) -> None:
        """An entry point names a class, which is registered under its name unless its module registers it (under what
        name and in what registry ever), or a module that registers its own."""
        try:
            loaded = entry_point.load()
            if not isinstance(loaded, ModuleType) and not any(other.is_registered(loaded) for other in _registries):
                self.register(entry_point.name)(loaded)
        except (Exception, SystemExit) as error:
            origin = f" of {entry_point.dist.name}" if entry_point.dist else ""
            logging.getLogger(__name__).warning(
                "%s '%s'%s is left out: %s", self.kind, entry_point.name, origin, kind_and_reason(error)
            )
