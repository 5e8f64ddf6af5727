from __future__ import annotations

import subprocess
import sys

import pytest

from camera_estimation.configuration import check_device_name, resolve_device
from camera_estimation.errors import InputError


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:12"])
def test_names_of_devices(name):
    check_device_name(name)


@pytest.mark.parametrize("name", ["", "tpu", "cuda:", "cpu:0", "cuda:1x", "cpu\n"])
def test_names_that_no_device_has(name):
    with pytest.raises(InputError, match="is unknown: choose auto, cpu, cuda or cuda:N"):
        check_device_name(name)


def test_device_that_is_not_here():
    assert resolve_device("cpu").type == "cpu"
    with pytest.raises(InputError, match="use --device cpu"):
        resolve_device("cuda:99")


def test_settings_are_read_without_torch():
    code = "import sys; from camera_estimation.configuration import *; load_preset('fast'); check_device_name('cpu')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
