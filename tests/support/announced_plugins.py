"""Plug-ins as other installed packages would bring them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from camera_estimation import plugins
from camera_estimation.plugins import Registry


@contextmanager
def announced(registry: Registry, name: str, cls: str, code: str, folder: Path) -> Iterator[None]:
    """The class ``cls`` of a module with this ``code``, in ``folder``, is announced to the registry as ``name``."""
    module = f"their_{name}"
    (folder / f"{module}.py").write_text(code)
    found = {registry.group: [EntryPoint(name, f"{module}:{cls}", registry.group)]}
    with pytest.MonkeyPatch.context() as patch, registry.isolate():
        patch.syspath_prepend(folder)
        patch.setattr(plugins, "entry_points", lambda group: found.get(group, []))
        yield
    sys.modules.pop(module, None)
