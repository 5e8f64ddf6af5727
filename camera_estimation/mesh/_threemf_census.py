"""What a 3MF file has in it, counted before trimesh reads it: its objects may be made of others many times over."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from camera_estimation.io import check_archive, look_through_xml
from camera_estimation.mesh._part_counts import count_paths
from camera_estimation.mesh._size_checks import check_mesh_size, check_nodes

MODEL = ".model"
BUILD = "world"  # what stands for the objects that are built
# Elements of the core specification and of its extension for materials.
COLOR_ELEMENTS = ("basematerials", "colorgroup", "texture2d")


@dataclass
class _Census:
    """Elements by name, and what objects are made of."""

    counts: Counter[str] = field(default_factory=Counter)
    parts: dict[str, list[str]] = field(default_factory=dict)
    owner: str = BUILD

    def count(self, name: str, attributes: Mapping[str, str]) -> None:
        self.counts[name] += 1
        if name == "object":
            self.owner = f"object {attributes.get('id')}"
        elif name == "build":
            self.owner = BUILD
        elif name in ("component", "item"):
            self.parts.setdefault(self.owner, []).append(f"object {attributes.get('objectid')}")


def look_through_threemf(path: Path) -> bool:
    """Whether it has colors.

    Raises:
        InputError: It is beyond the limits; one line.
        ValueError: An object contains itself.
        Exception: Whatever zipfile and the XML parser raise on other content.
    """
    check_archive(path)
    census = _Census()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.lower().endswith(MODEL):
                with archive.open(name) as stream:
                    look_through_xml(stream, path, census.count)
    check_mesh_size(path, census.counts["vertex"], census.counts["triangle"])
    check_nodes(path, count_paths(census.parts, BUILD))
    return any(census.counts[name] for name in COLOR_ELEMENTS)
