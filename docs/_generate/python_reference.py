"""The Python reference: a page for each room of what its door, the stub ``__init__.pyi``, exports."""

from __future__ import annotations

import ast
from pathlib import Path

from included_files import ROOT
from markdown_table import markdown_table, plain_markdown

PACKAGE = ROOT / "camera_estimation"
NOT_DOCUMENTED = ("cli",)  # the command line has a page of its own
MODULES = ("errors", "plugins")  # rooms of one module


def _room_names() -> list[str]:
    doors = [path.parent.name for path in PACKAGE.glob("*/__init__.pyi")]
    return sorted([*(name for name in doors if name not in NOT_DOCUMENTED), *MODULES])


ROOM_PAGES = {room: f"reference/python/{room}.md" for room in _room_names()}


def room_page(room: str) -> str:
    """Everything that a room exports, in the order of its stub, with the docstrings."""
    parts = [f"# camera_estimation.{room}", plain_markdown(room_summary(room))]
    parts += [f"::: camera_estimation.{room}.{name}" for name in _exported(room)]
    return "\n\n".join(parts) + "\n"


def room_summary(room: str) -> str:
    """The first paragraph of its docstring."""
    folder = PACKAGE / room / "__init__.py"
    source = folder if folder.is_file() else PACKAGE / f"{room}.py"
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").partition("\n\n")[0]


def rooms_table() -> str:
    """All rooms in one line each."""
    rows = [[f"[`{room}`]({room}.md)", plain_markdown(room_summary(room))] for room in ROOM_PAGES]
    return markdown_table(("room", "what it holds"), rows)


def top_level_table() -> str:
    """Names at the top of the package, each with the first sentence of its docstring and a link to the whole."""
    rows = []
    top = PACKAGE / "__init__.pyi"
    for name, room in _imports(top).items():
        room = room.lstrip(".")
        node = _definition(top, name)
        text = (ast.get_docstring(node) or "") if isinstance(node, ast.ClassDef | ast.FunctionDef) else ""
        sentence = " ".join(text.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".:")
        rows.append([f"[`{name}`]({room}.md#camera_estimation.{room}.{name})", plain_markdown(sentence)])
    return markdown_table(("name", "what"), rows)


def _exported(room: str) -> list[str]:
    """Classes, then functions, then constants; not what a door passes on from other libraries."""
    stub = PACKAGE / room / "__init__.pyi"
    found: dict[str, list[str]] = {"class": [], "function": [], "constant": []}
    if stub.is_file():
        kinds = {name: _kind(stub, name) for name in _imports(stub)}
    else:
        module = PACKAGE / f"{room}.py"
        names = [getattr(node, "name", "_") for node in ast.parse(module.read_text(encoding="utf-8")).body]
        kinds = {name: _kind(module, name) for name in names if not name.startswith("_")}
    for name, kind in kinds.items():
        if kind is not None:
            found[kind].append(name)
    return [name for names in found.values() for name in names]


def _kind(source: Path, name: str) -> str | None:
    """What ``name`` is in a stub or module, or in that from which it is imported; None: of another library."""
    node = _definition(source, name)
    if node is None:
        return None
    return {ast.ClassDef: "class", ast.FunctionDef: "function"}.get(type(node), "constant")


def _definition(source: Path, name: str) -> ast.stmt | None:
    """Where ``name`` is defined, in a stub or module, or in that from which it is imported."""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return node
    origin = _imports(source).get(name)
    file = None if origin is None else _source(source, origin)
    return None if file in (None, source) else _definition(file, name)  # from . import MODULE: not documented


def _source(importer: Path, origin: str) -> Path | None:
    """The file of a module that ``importer`` names, relative or from the package's top; None: of another library."""
    level = len(origin) - len(origin.lstrip("."))
    parts = [part for part in origin.lstrip(".").split(".") if part]
    if level:
        folder = importer.parents[level - 1]
    elif parts[:1] == [PACKAGE.name]:
        folder, parts = PACKAGE, parts[1:]
    else:
        return None
    place = folder.joinpath(*parts)
    files = (place / "__init__.pyi", place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


def _imports(source: Path) -> dict[str, str]:
    """Names that a stub or module imports, and the module of each."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: "." * node.level + (node.module or "")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
