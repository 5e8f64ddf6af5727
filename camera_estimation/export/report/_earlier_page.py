"""What the page of an earlier run has of samples that did not change, so that a run that goes on is quick."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from camera_estimation.export.report._pictures import PagePictures
from camera_estimation.export.report._sample_values import sample_values

LINES = ("source", "render", "mask", "bent")  # of a sample's pictures
ELEMENT = re.compile(r'<script type="[a-z/]+" id="(data|(?:pictures|mesh)-\d+)">([^<]*)</script>')


class EarlierPage:
    """A page that this program wrote, or an empty one where there is none that can be used."""

    def __init__(self, path: Path) -> None:
        try:
            self._elements = dict(ELEMENT.findall(path.read_text(encoding="utf-8")))
            data = json.loads(self._elements["data"])
            samples, self._keys = data["samples"], data["meshes"]
        except (OSError, ValueError, LookupError, TypeError):  # none, or one of another program or version
            self._elements, samples, self._keys = {}, [], []
        self._samples: list[dict[str, Any]] = samples if isinstance(samples, list) else []

    def pictures(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, PagePictures]]:
        """Names and pictures of the samples whose entries are what they were."""
        entry_of = {entry["name"]: entry for entry in entries}
        for index, sample in enumerate(self._samples):
            texts = self._elements.get(f"pictures-{index}", "").split("\n")
            if len(texts) != len(LINES) or "window" not in sample or sample["name"] not in entry_of:
                continue
            now = json.loads(json.dumps(sample_values(entry_of[sample["name"]])))
            if all(sample.get(key) == value for key, value in now.items()):
                yield sample["name"], PagePictures(tuple(sample["window"]), **dict(zip(LINES, texts, strict=True)))

    def meshes(self) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
        """Paths, names of the samples that are of them, and meshes."""
        names: dict[int, list[str]] = {}
        for sample in self._samples:
            names.setdefault(sample.get("model", -1), []).append(sample["name"])
        for index, key in enumerate(self._keys):
            text = self._elements.get(f"mesh-{index}")
            if text:
                yield key, names.get(index, []), json.loads(text)
