"""Shapes and types checked at run time: ``pytest --check-shapes``.

jaxtyping's import hook gives every function and dataclass of the package a check of its annotations by beartype. Those
of Warp's kernels are Warp's own language and are left alone.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

FLAG = "--check-shapes"


def is_wanted() -> bool:
    """Whether pytest was called with the flag; asked before the package is imported, when pytest has not parsed it."""
    return FLAG in sys.argv


def install() -> None:
    """Checks what is imported of the package from now on."""
    from jaxtyping import _import_hook, install_import_hook

    assert not any(name.split(".")[0] == "camera_estimation" for name in sys.modules), "imported too early to be checked"
    is_unchecked = _import_hook._is_no_type_check
    _import_hook._is_no_type_check = lambda node: is_unchecked(node) or _is_kernel(node)
    install_import_hook("camera_estimation", "tests.support.shape_checks.check")


def check(function_or_class):
    """Beartype; an int will do where a float is asked for, and Warp's structs, which are no types, are not checked."""
    from beartype import BeartypeConf, beartype

    annotations = getattr(function_or_class, "__annotations__", {})
    for name, annotation in annotations.items():
        value = getattr(function_or_class, "__globals__", {}).get(annotation) if isinstance(annotation, str) else annotation
        if type(value).__module__.startswith("warp."):
            annotations[name] = Any
    return beartype(conf=BeartypeConf(is_pep484_tower=True))(function_or_class)


def _is_kernel(decorator: ast.AST) -> bool:
    """Whether it is ``@wp.func``, ``@wp.kernel`` or ``@wp.struct``."""
    return isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name) and decorator.value.id == "wp"
