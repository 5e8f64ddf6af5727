"""What the package needs, one requirement a line, from pyproject.toml alone: a container installs it before the code.

python scripts/list_requirements.py EXTRA ... > requirements.txt
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10: nothing is installed yet but pip
    from pip._vendor import tomli as tomllib

PROJECT_FILE = Path(__file__).parents[1] / "pyproject.toml"


def main() -> None:
    project = tomllib.loads(PROJECT_FILE.read_text(encoding="utf-8"))["project"]
    try:
        print("\n".join(list_requirements(project, sys.argv[1:])))
    except KeyError as error:
        sys.exit(f"{PROJECT_FILE.name}: has no extra {error}; it has {', '.join(project['optional-dependencies'])}")


def list_requirements(project: dict[str, Any], extras: Iterable[str]) -> list[str]:
    """Those of the package, then those of the extras, also where an extra names others of the package; each once.

    Args:
        project: The table of pyproject.toml.
        extras: Their names.

    Raises:
        KeyError: There is no such extra.
    """
    found = list(project["dependencies"])
    for extra in extras:
        for requirement in project["optional-dependencies"][extra]:
            own = re.fullmatch(rf"{project['name']}\[(.*)\]", requirement)
            found += list_requirements(project, re.split(r"\s*,\s*", own[1])) if own else [requirement]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    main()
