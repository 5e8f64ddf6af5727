from __future__ import annotations

import psutil

from camera_estimation.io.memory import free_memory, is_memory_low

GIGABYTE = 2**30


def write_group(folder, limit, used, kept, names=("memory.max", "memory.current")):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {kept}\n")


def test_without_limits_it_is_what_the_machine_has_left(tmp_path):
    free = free_memory(tmp_path / "none", tmp_path)
    assert 0 < free <= psutil.virtual_memory().total


def test_the_tightest_limit_of_the_groups_counts(tmp_path):
    groups = tmp_path / "cgroup"
    groups.write_text("0::/job/step\n")
    write_group(tmp_path / "job", "max", 100, 0)
    write_group(tmp_path / "job" / "step", 1000, 900, 300)
    assert free_memory(groups, tmp_path) == 400
    assert not is_memory_low(groups, tmp_path)
    write_group(tmp_path / "job", 1000, 950, 0)
    assert free_memory(groups, tmp_path) == 50
    assert is_memory_low(groups, tmp_path)


def test_groups_of_the_first_version_count_too(tmp_path):
    groups = tmp_path / "cgroup"
    groups.write_text("5:cpu:/x\n4:memory:/job\n")
    write_group(tmp_path / "memory" / "job", 800, 500, 0, ("memory.limit_in_bytes", "memory.usage_in_bytes"))
    assert free_memory(groups, tmp_path) == 300
