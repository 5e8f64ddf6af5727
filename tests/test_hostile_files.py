"""Whatever is broken in a file of any kind, its reader has one line about it, or reads it."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from camera_estimation.errors import InputError
from tests.support.mutations import mutate
from tests.support.reader_seeds import Seed, reader_seeds

KINDS = (
    *("3mf", "coco", "colmap", "csv", "dae", "depth", "exr", "glb", "gltf", "json", "mask", "npz", "obj", "off"),
    *("picture", "ply", "stl", "text", "toml", "usda", "video", "yaml"),
)
EXAMPLES = 15  # of each kind; scripts/fuzz_readers.py tries as many as there is time for


@cache
def all_seeds() -> tuple[Seed, ...]:
    with TemporaryDirectory() as folder:
        return tuple(reader_seeds(Path(folder)))


def seeds_of(kind: str) -> list[Seed]:
    found = [seed for seed in all_seeds() if seed.kind == kind]
    if not found:
        pytest.skip(f"the library for {kind} is not installed")
    return found


def read(seed: Seed, content: bytes) -> object:
    with TemporaryDirectory() as folder:
        for name, other in seed.beside.items():
            (Path(folder) / name).write_bytes(other)
        path = Path(folder) / seed.name
        path.write_bytes(content)
        return seed.read(path)


def line_about(seed: Seed, content: bytes) -> str:
    """What is told of a file; nothing of one that can be read."""
    try:
        read(seed, content)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_are_read(kind):
    for seed in seeds_of(kind):
        read(seed, seed.content)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 2**32))
def test_broken_files_are_one_line_or_read(kind, number):
    chance = random.Random(number)
    seed = chance.choice(seeds_of(kind))
    assert "\n" not in line_about(seed, mutate(seed.content, chance))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=5, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=400))
def test_other_bytes_are_one_line_or_read(kind, content):
    for seed in seeds_of(kind):
        assert "\n" not in line_about(seed, content)
