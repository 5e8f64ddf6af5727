"""Shapes and types checked at run time: ``pytest --check-shapes``.

jaxtyping's import hook gives every function and dataclass of the package a check of its annotations by beartype. Those
of Warp's kernels are Warp's own language and are left alone.
"""

from __future__ import annotations

import ast
import os
import sys
from typing import Any

import pytest

FLAG = "--check-shapes"
TO_WORKERS = "CHECK_SHAPES_IN_TESTS"  # what pytest-xdist starts has not its command line, but its environment


def is_wanted() -> bool:
    """Whether pytest was called with the flag; asked before the package is imported, when pytest has not parsed it."""
    if FLAG in sys.argv:
        os.environ[TO_WORKERS] = "1"
    return TO_WORKERS in os.environ


# Of tests that what does not fit is told in the package's own words, or where in the caller's code a warning points to.
without_shape_checks = pytest.mark.skipif(is_wanted(), reason="the checks come before")


def install() -> None:
    """Checks what is imported of the package from now on."""
    from jaxtyping import _import_hook, install_import_hook

    imported = [name for name in sys.modules if name.split(".")[0] == "camera_estimation"]
    assert not imported, f"{imported[0]} is imported too early to be checked"
    is_unchecked = _import_hook._is_no_type_check
    _import_hook._is_no_type_check = lambda node: is_unchecked(node) or _is_kernel(node)
    install_import_hook("camera_estimation", "tests.support.shape_checks.check")


def check(function_or_class):
    """Beartype; an int will do where a float is asked for."""
    from beartype import BeartypeConf, beartype

    annotations, names = (getattr(function_or_class, name, {}) for name in ("__annotations__", "__globals__"))
    for name, annotation in annotations.items():
        if not _is_checkable(annotation, names):
            annotations[name] = Any
    return beartype(conf=BeartypeConf(is_pep484_tower=True))(function_or_class)


def _is_checkable(annotation: Any, names: dict[str, Any]) -> bool:
    """Not so are Warp's structs, protocols, and names that are imported for type checkers alone."""
    from beartype.door import is_bearable
    from beartype.roar import BeartypeDecorHintException

    try:
        is_bearable(None, eval(annotation, names) if isinstance(annotation, str) else annotation)
    except (NameError, BeartypeDecorHintException):
        return False
    return True


def _is_kernel(decorator: ast.AST) -> bool:
    """Whether it is ``@wp.func``, ``@wp.kernel`` or ``@wp.struct``."""
    return isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name) and decorator.value.id == "wp"
