"""Sound files of every kind that is read, and what reads them: where tests and the fuzzer begin to break things."""

from __future__ import annotations

from pathlib import Path

from tests.support.reader_seeds.cameras import array_seeds, camera_seeds, colmap_seeds, opencv_seeds
from tests.support.reader_seeds.meshes import glb_seeds, mesh_seeds, usd_seeds
from tests.support.reader_seeds.pictures import depth_seeds, picture_seeds, video_seeds
from tests.support.reader_seeds.seed import Seed
from tests.support.reader_seeds.tables import table_seeds

__all__ = ["Seed", "reader_seeds"]


def reader_seeds(folder: Path) -> list[Seed]:
    """All seeds whose libraries are installed. Some are written to ``folder`` in between."""
    makers = (glb_seeds, mesh_seeds, usd_seeds, picture_seeds, depth_seeds, video_seeds, table_seeds)
    makers += (camera_seeds, colmap_seeds, opencv_seeds, array_seeds)
    return [seed for make in makers for seed in make(folder)]
