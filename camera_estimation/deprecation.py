"""Old names of attributes, which work for one release more.

An attribute or a method that has a new name keeps the old one as a descriptor beside it::

    class Camera:
        @property
        def center(self): ...

        centre = RenamedAttribute("center")
"""

from __future__ import annotations

import sys
import warnings
from typing import Any


class RenamedAttribute:
    """The old name of an attribute or method: reads and sets the new one, with a DeprecationWarning.

    Of a class as of its instances. What a subclass defines under the old name hides it; a base class whose subclasses
    are other people's calls ``adopt_old_names`` in its ``__init_subclass__``.

    Args:
        new: The attribute's new name.
    """

    def __init__(self, new: str) -> None:
        self.new = new

    def __set_name__(self, owner: type, name: str) -> None:
        self.old = name

    def __get__(self, instance: Any, owner: type) -> Any:
        self._warn(owner, stacklevel=3)
        return getattr(owner if instance is None else instance, self.new)

    def __set__(self, instance: Any, value: Any) -> None:
        self._warn(type(instance), stacklevel=3)
        setattr(instance, self.new, value)

    def adopt(self, cls: type, stacklevel: int) -> None:
        """Makes what ``cls`` itself defines under the old name its attribute of the new one, unless it has that too."""
        self._warn(cls, stacklevel + 1)
        value = cls.__dict__[self.old]
        delattr(cls, self.old)
        if self.new not in cls.__dict__:
            setattr(cls, self.new, value)

    def _warn(self, cls: type, stacklevel: int) -> None:
        message = f"{cls.__name__}.{self.old} is deprecated: use {self.new}"
        warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)


def adopt_old_names(cls: type) -> None:
    """Gives what a new subclass defines under old names of its base classes' attributes the new ones.

    Args:
        cls: The subclass, as ``__init_subclass__`` gets it.
    """
    renamed = {
        name: attribute
        for base in reversed(cls.__mro__[1:])
        for name, attribute in vars(base).items()
        if isinstance(attribute, RenamedAttribute)
    }
    for name, attribute in renamed.items():
        if name in cls.__dict__ and not isinstance(cls.__dict__[name], RenamedAttribute):
            attribute.adopt(cls, _levels_to(cls.__module__) + 1)


def _levels_to(module: str) -> int:
    """How far up the stack, from the function that calls this, the module's code is: that of a class statement, beneath
    which ``__init_subclass__`` and metaclasses are called. 1 where it is not there."""
    level, frame = 1, sys._getframe(1)
    while frame.f_globals.get("__name__") != module:
        if frame.f_back is None:
            return 1
        level, frame = level + 1, frame.f_back
    return level
