"""Objectives from a Python file that the user names."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from camera_estimation.errors import InputError
from camera_estimation.losses._source_line import SOURCE_FILE, describe_error
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_registry, register_loss, term_registry

_loaded: dict[tuple[Path, int], tuple[str, ...]] = {}


def load_loss_file(file: str | Path) -> tuple[str, ...]:
    """Run the file, once unless it changes, and give the names of the objectives that it registers.

    If it registers none, its classes are registered under names made from theirs: MyEdgeLoss as "my_edge". Raises
    InputError with the line where the file fails, or if there is no objective in it.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{path}: no such file of objectives; check --loss_file or loss.file")
    key = (path.resolve(), path.stat().st_mtime_ns)
    if key not in _loaded:
        _loaded[key] = _load(path)
    return _loaded[key]


def _load(path: Path) -> tuple[str, ...]:
    before = loss_registry.classes()
    try:
        with loss_registry.restore_on_error(), term_registry.restore_on_error():
            module = _run_file(path)
    except (Exception, SystemExit) as error:
        raise InputError(describe_error(error, path)) from error
    own = [cls for cls in vars(module).values() if _is_own(cls, module)]
    names = tuple(name for name, cls in loss_registry.classes().items() if before.get(name) is not cls)
    if not names:
        names = _register_unnamed(own, path)
    if not names:
        raise InputError(f"{path}: no objective in it: subclass LossObjective and register it with register_loss")
    for cls in own:
        setattr(cls, SOURCE_FILE, str(path))
    return names


def _run_file(path: Path) -> ModuleType:
    unique = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    spec = spec_from_file_location(f"camera_estimation_loss_file_{path.stem}_{unique}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path}: not a Python file; objectives are in files that end in .py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


def _is_own(cls: object, module: ModuleType) -> bool:
    return (
        isinstance(cls, type)
        and issubclass(cls, LossObjective)
        and cls.__module__ == module.__name__
        and not inspect.isabstract(cls)
    )


def _register_unnamed(classes: list[type[LossObjective]], path: Path) -> tuple[str, ...]:
    names = []
    for cls in classes:
        name = _name_of(cls)
        try:
            register_loss(name, cls)
        except ValueError as error:
            line = inspect.getsourcelines(cls)[1]
            raise InputError(
                f"{path}:{line}: {error}; register {cls.__name__} under another with register_loss"
            ) from error
        names.append(name)
    return tuple(names)


def _name_of(cls: type[LossObjective]) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", cls.__name__)
    if len(words) > 1 and words[-1] in ("Loss", "Objective"):
        words = words[:-1]
    if len(words) > 1 and words[-1] == "Loss":  # MyLossObjective
        words = words[:-1]
    return "_".join(words).lower()
