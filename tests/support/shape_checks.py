"""Shapes and types checked at run time: ``pytest --check-shapes``.

jaxtyping's import hook gives every function and dataclass of the package a check of its annotations by beartype. Those
of Warp's kernels are Warp's own language and are left alone.
"""

from __future__ import annotations

import ast
import functools
import inspect
import os
import sys
from types import CodeType, FunctionType
from typing import Any

import pytest

FLAG = "--check-shapes"
TO_WORKERS = "CHECK_SHAPES_IN_TESTS"  # what pytest-xdist starts has not its command line, but its environment
CHECKED = "__beartype_func"  # the argument by which a function of beartype's has what it checks


def is_wanted() -> bool:
    """Whether pytest was called with the flag; asked before the package is imported, when pytest has not parsed it."""
    if FLAG in sys.argv:
        os.environ[TO_WORKERS] = "1"
    return TO_WORKERS in os.environ


# Of tests that what does not fit is told in the package's own words, or where in the caller's code a warning points to.
without_shape_checks = pytest.mark.skipif(is_wanted(), reason="the checks come before")


def install() -> None:
    """Checks what is imported of the package from now on."""
    import jaxtyping
    from jaxtyping import _import_hook, install_import_hook

    imported = [name for name in sys.modules if name.split(".")[0] == "camera_estimation"]
    assert not imported, f"{imported[0]} is imported too early to be checked"
    is_unchecked = _import_hook._is_no_type_check
    _import_hook._is_no_type_check = lambda node: is_unchecked(node) or _is_kernel(node)
    jaxtyping.jaxtyped = functools.partial(check, jaxtyping.jaxtyped)
    install_import_hook("camera_estimation", None)


def check(remember_sizes, function_or_class: Any = None, *, typechecker: Any = None):
    """What the import hook decorates with in place of jaxtyping's own decorator, which checks all arguments twice and
    keeps the sizes of dimensions for every call, also where no shape is written: that took half of the tests' time."""
    if function_or_class is None:
        return functools.partial(check, remember_sizes)
    if inspect.isclass(function_or_class):
        if "__dataclass_fields__" in vars(function_or_class) and isinstance(function_or_class.__init__, FunctionType):
            function_or_class.__init__ = check(remember_sizes, function_or_class.__init__)
        return function_or_class
    if inspect.isgeneratorfunction(function_or_class):
        # Beartype would look at their arguments when the first value is asked for, among the sizes of another call.
        return remember_sizes(function_or_class, typechecker=lambda twin: _check_types(twin)[0])
    checked, has_shapes = _check_types(function_or_class)
    return remember_sizes(checked, typechecker=None) if has_shapes else checked


# Of functions that were seen: what checks them, and whether there are shapes. Those inside of others are made anew at
# each call of the others. Code of two dataclasses may be equal.
_seen: dict[tuple[str, str, CodeType], tuple[FunctionType, bool]] = {}


def _check_types(function: FunctionType) -> tuple[FunctionType, bool]:
    """By beartype; an int will do where a float is asked for. Whether shapes are among what is checked."""
    key = function.__module__, function.__qualname__, function.__code__
    if key not in _seen:
        annotations = {name: _read(hint, function) for name, hint in function.__annotations__.items()}
        _seen[key] = _apply_beartype(function, annotations), "jaxtyping." in repr(annotations)
        return _seen[key]
    checking, has_shapes = _seen[key]
    if CHECKED not in (checking.__kwdefaults__ or {}):  # nothing is checked
        return function, has_shapes
    checked = _copy(checking)
    checked.__kwdefaults__[CHECKED] = function
    return functools.update_wrapper(checked, function), has_shapes


def _apply_beartype(function: FunctionType, annotations: dict[str, Any]) -> FunctionType:
    """The function keeps its own annotations, which programs may read."""
    from beartype import BeartypeConf, beartype

    if all(hint is Any for hint in annotations.values()):
        return function
    twin = _copy(function)
    twin.__annotations__ = annotations
    return functools.update_wrapper(
        beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=TypeError))(twin), function
    )


def _copy(function: FunctionType) -> FunctionType:
    code, names, defaults = function.__code__, function.__globals__, function.__defaults__
    twin = FunctionType(code, names, function.__name__, defaults, function.__closure__)
    twin.__kwdefaults__ = dict(function.__kwdefaults__ or {})
    return functools.update_wrapper(twin, function)


def _read(annotation: Any, function: FunctionType) -> Any:
    """Its meaning; ``Any`` of what cannot be checked: Warp's structs, protocols, and names that are imported for type
    checkers alone or defined later."""
    try:
        hint = eval(annotation, function.__globals__) if isinstance(annotation, str) else annotation
    except NameError:
        return Any
    return hint if _is_checkable(hint) else Any


def _is_checkable(hint: Any) -> bool:
    from beartype.door import is_bearable
    from beartype.roar import BeartypeDecorHintException

    try:
        is_bearable(None, hint)
    except BeartypeDecorHintException:
        return False
    return True


def _is_kernel(decorator: ast.AST) -> bool:
    """Whether it is ``@wp.func``, ``@wp.kernel`` or ``@wp.struct``."""
    return isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name) and decorator.value.id == "wp"
