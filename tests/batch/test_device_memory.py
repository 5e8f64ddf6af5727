"""How many images a device's memory holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.batch.device_memory import fitting_count, free_bytes, image_bytes, is_memory_shortage
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.errors import InputError

CONFIG, SIZE = Configuration(), (1000, 800)


@pytest.mark.parametrize(
    ("wanted", "free", "count"), [(8, 1000, 8), (8, 999, 4), (8, 130, 1), (8, 0, 1), (3, 300, 1), (1, 0, 1)]
)
def test_images_are_halved_until_they_fit(wanted, free, count):
    assert fitting_count(wanted, 100, free) == count


def test_more_of_anything_takes_more():
    usual = image_bytes(CONFIG, 10_000, SIZE)
    levels = [{"resolution": 512, "blur": 1.0, "iterations": 4, "keep": 3}]
    finer = merge_settings(CONFIG, {"refinement": {"levels": levels}})
    assert image_bytes(CONFIG, 1_000_000, SIZE) > usual
    assert image_bytes(CONFIG, 10_000, (4000, 3000)) > usual
    assert image_bytes(finer, 10_000, SIZE) > usual
    searched = replace(finer, search=replace(CONFIG.search, candidates=64))
    assert image_bytes(searched, 10_000, SIZE) > image_bytes(finer, 10_000, SIZE)


def test_estimates_take_what_they_were_measured_to():
    """58 MiB with the defaults and a picture of a megapixel, 457 MiB with one of nine."""
    mebibyte = 2**20
    assert 58 < image_bytes(CONFIG, 1800, (1024, 1024)) / mebibyte < 2.5 * 58
    assert 457 < image_bytes(CONFIG, 1800, (3000, 3000)) / mebibyte < 1.5 * 457


def test_memory_of_a_processor_is_not_counted():
    assert free_bytes(torch.device("cpu")) is None


def test_shortage_is_known_whatever_it_was_told_as():
    error = InputError("losses.py:3: OutOfMemoryError")
    error.__cause__ = torch.cuda.OutOfMemoryError("CUDA out of memory")
    assert is_memory_shortage(error)
    assert not is_memory_shortage(RuntimeError("CUDA error"))
