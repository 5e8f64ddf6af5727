"""Tables of what is registered: objectives, terms, segmenters, searches, renderers, mesh readers, exporters."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from typing import Any

from included_files import ROOT
from markdown_table import as_code, markdown_table, plain_markdown

from camera_estimation.losses import loss_registry, term_registry
from camera_estimation.plugins import Registry

PACKAGE = ROOT / "camera_estimation"
ON_OTHER_PAGES = (loss_registry, term_registry)
COMMON_OPTIONS = ("device",)


def losses_table() -> str:
    """Name, formula, description and requirements of each objective."""
    rows = [
        [as_code(name), cls.formula, cls.description, cls.requirements] for name, cls in loss_registry.classes().items()
    ]
    return markdown_table(("name", "made of", "good for", "needs"), rows)


def terms_table() -> str:
    """What each term compares, and its options with their defaults."""
    rows = []
    for name, cls in term_registry.classes().items():
        value = plain_markdown(inspect.getdoc(cls) or "")
        rows.append([as_code(name), cls.formula, value, _options(cls), cls.requirements])
    return markdown_table(("term", "in formulas", "value", "options", "needs"), rows)


def registry_table(module: str, name: str) -> str:
    """The plug-ins of one registry."""
    return _table(getattr(import_module(module), name))


def plugin_sections() -> str:
    """A section for each registry of the package, but those of objectives and terms, which have a page of their own."""
    sections = [_section(registry) for registry in _registries() if registry not in ON_OTHER_PAGES]
    return "\n\n".join(sections)


def _registries() -> list[Registry]:
    """Those that modules of the package make at their top, ordered by kind."""
    registries = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if _makes_registry(node):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                registries.append(getattr(import_module(module), ast.unparse(target)))
    return sorted(registries, key=lambda registry: registry.kind)


def _makes_registry(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
        return False
    return ast.unparse(node.value.func).partition("[")[0] == Registry.__name__


def _section(registry: Registry) -> str:
    """With where the built-in ones are, and where another package adds its own."""
    home = f"Built-in ones are the modules of `{registry.home}`. " if registry.home else ""
    heading = f"## {_plural(registry).capitalize()}"
    return f"{heading}\n\n{_table(registry)}\n\n{home}Entry-point group of other packages: `{registry.group}`."


def _table(registry: Registry) -> str:
    """What the plug-ins of one registry say of themselves; columns in which none says anything are left out."""
    classes = registry.classes()
    columns = {"what": _description, "models": _models, "needs": _requirements}
    columns = {heading: cell for heading, cell in columns.items() if any(cell(cls) for cls in classes.values())}
    rows = [[as_code(name), *(plain_markdown(cell(cls)) for cell in columns.values())] for name, cls in classes.items()]
    return markdown_table(("name", *columns), rows)


def _plural(registry: Registry) -> str:
    return registry.plural or registry.kind + ("es" if registry.kind.endswith("ch") else "s")


def _models(cls: Any) -> str:
    """Of a plug-in that has networks to choose from: the default first."""
    default, models = getattr(cls, "default_model", ""), getattr(cls, "models", ())
    others = [as_code(model) for model in models if model != default]
    return ", ".join([f"{as_code(default)} (default)", *others]) if default else ""


def _description(cls: Any) -> str:
    """What it says of itself, else the first paragraph of its docstring."""
    return getattr(cls, "description", "") or (inspect.getdoc(cls) or "").partition("\n\n")[0]


def _requirements(cls: Any) -> str:
    """Commands in it are code."""
    return re.sub(r'pip install "[^"]*"', r"`\g<0>`", getattr(cls, "requirements", ""))


def _options(cls: Any) -> str:
    """Parameters of the constructor that users set, with their defaults."""
    return ", ".join(
        as_code(name) + ("" if parameter.default in (None, "") else f" ({parameter.default})")
        for name, parameter in inspect.signature(cls).parameters.items()
        if name not in COMMON_OPTIONS and parameter.kind is not parameter.VAR_KEYWORD
    )
