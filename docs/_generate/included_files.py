"""Files of the repository's root that are pages too."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def included_file(name: str) -> str:
    """Its text; links to pages in ``docs/``, which are relative to the root there, lead to the pages here."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/", "](", text)
