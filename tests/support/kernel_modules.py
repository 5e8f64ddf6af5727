"""Which modules of the package have kernels, by their source: a new one cannot be forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

import camera_estimation

PACKAGE = Path(camera_estimation.__file__).parent


def kernels_of(source: str) -> list[str]:
    """Names of the functions that are decorated as Warp's kernels."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [function.name for function in functions if any(map(_is_kernel, function.decorator_list))]


def _is_kernel(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "kernel"


def kernel_modules(package: Path = PACKAGE) -> dict[str, list[str]]:
    """The kernels of every module of a package that has some."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "kernel" in source and (kernels := kernels_of(source)):
            found[".".join(path.relative_to(package.parent).with_suffix("").parts)] = kernels
    return found
