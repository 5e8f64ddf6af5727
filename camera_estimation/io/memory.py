"""How much memory this process and its children could still take."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.io.processors import GROUPS_FILE, GROUPS_FOLDER

# Of control groups, version 2 and 1: the file of the limit, that of what is in use, and what can be taken back of it.
LIMIT_FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
RECLAIMED = "inactive_file "
LOW_SHARE = 0.1  # of the memory that is there, below which little is left


def free_memory(groups_file: Path = GROUPS_FILE, groups_folder: Path = GROUPS_FOLDER) -> int:
    """Bytes: what the machine has left, within the limits of the Linux control groups, such as a container's."""
    import psutil

    left = [limit - used for limit, used in _read_groups(groups_file, groups_folder)]
    return max(0, min([psutil.virtual_memory().available, *left]))


def is_memory_low(groups_file: Path = GROUPS_FILE, groups_folder: Path = GROUPS_FOLDER) -> bool:
    """Whether next to nothing is left of what the process may use."""
    import psutil

    limits = [limit for limit, _ in _read_groups(groups_file, groups_folder)]
    whole = min([psutil.virtual_memory().total, *limits])
    return free_memory(groups_file, groups_folder) < LOW_SHARE * whole


def _read_groups(groups_file: Path, groups_folder: Path) -> list[tuple[int, int]]:
    """Of each group that has a limit: the limit and what is in use, in bytes."""
    try:
        lines = groups_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, inner = groups_folder / "memory" if controllers else groups_folder, Path(path.lstrip("/"))
        found += [read for part in [inner, *inner.parents] if (read := _read_limit(top / part)) is not None]
    return found


def _read_limit(folder: Path) -> tuple[int, int] | None:
    for limit_name, used_name in LIMIT_FILES:
        try:
            limit = int((folder / limit_name).read_text(encoding="ascii"))
            used = int((folder / used_name).read_text(encoding="ascii"))
            counts = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        except (OSError, ValueError):  # "max": none
            continue
        kept = sum(int(line.split()[1]) for line in counts if line.startswith(RECLAIMED))
        return limit, max(0, used - kept)
    return None
