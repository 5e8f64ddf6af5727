"""All kernels compile for the GPUs that there are, on machines without one."""

from __future__ import annotations

import importlib
import re

import pytest
import warp as wp

from tests.support.kernel_modules import kernel_modules, kernels_of

MODULES = kernel_modules()
# Turing, Ampere, Hopper, Blackwell.
ARCHITECTURES = (75, 80, 90, 100)
FEWEST_KERNELS = 7  # of today: fewer were found if a decorator were not understood


def test_kernels_are_found():
    assert sum(map(len, MODULES.values())) >= FEWEST_KERNELS
    decorated = "@wp.kernel\ndef a(): ...\n@wp.func\ndef b(): ...\n@warp.kernel(module='unique')\ndef c(): ..."
    assert kernels_of(decorated) == ["a", "c"]
    assert kernels_of("from warp import kernel\n@kernel\ndef a(): ...\ndef kernel_size(): ...") == ["a"]


def test_no_kernel_is_made_in_another_way():
    """Warp knows of no kernel of the package that the source does not show."""
    for name, kernels in MODULES.items():
        importlib.import_module(name)
        assert sorted(wp.get_module(name).kernels) == sorted(kernels)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", MODULES)
def test_kernels_compile(name, architecture, tmp_path):
    module = importlib.import_module(name)
    wp.compile_aot_module(module, device=None, arch=architecture, module_dir=tmp_path, use_ptx=True)
    (code,) = tmp_path.glob("*.ptx")
    text = code.read_text()
    assert f".target sm_{architecture}" in text
    entries = " ".join(re.findall(r"\.entry (\w+)", text))
    assert all(kernel in entries for kernel in MODULES[name])
