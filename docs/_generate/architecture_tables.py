"""The rooms of the package in their layers, as the import contract has them, with what each says that it holds.

The table stands in docs/architecture.md itself, for those who read it without the site, and a test compares them:
``python docs/_generate/architecture_tables.py`` prints what belongs there.
"""

from __future__ import annotations

import sys

from included_files import ROOT
from markdown_table import as_code, markdown_table, plain_markdown
from python_reference import PACKAGE, room_summary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def layers_table() -> str:
    """The top layer first: a room may import from those below it, and from no other."""
    rows = []
    for number, layer in enumerate(_layers(), start=1):
        for room in layer.replace(":", "|").split("|"):
            name = room.strip(" ()").removeprefix("camera_estimation.")
            folder = (PACKAGE / name).is_dir()
            rows.append([str(number), as_code(name + ("/" if folder else ".py")), plain_markdown(room_summary(name))])
    return markdown_table(("layer", "room", "what it holds"), rows)


def _layers() -> list[str]:
    tree = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = tree["tool"]["importlinter"]["contracts"]
    return next(contract["layers"] for contract in contracts if contract["type"] == "layers")


if __name__ == "__main__":
    print(layers_table())
