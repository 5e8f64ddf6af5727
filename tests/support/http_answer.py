"""What a server said to a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def values(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> str:
        return self.values["error"]
