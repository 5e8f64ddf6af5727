"""How much of a CUDA device's memory an image takes, and how many images it holds at once."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from camera_estimation.configuration import Configuration

if TYPE_CHECKING:
    import torch

MEMORY_ADVICE = (
    "the memory of the device does not suffice: choose a smaller resolution ([loss] resolution, a smaller image), a "
    "simpler objective (--loss_type), or --device cpu"
)
HOST_ADVICE = (
    "the memory of this machine does not suffice: choose a smaller image or [loss] resolution, end other programs, or "
    "estimate fewer images at once"
)
HOST_SHORTAGE = ("can't allocate memory", "not enough memory", "Cannot allocate memory")  # as torch tells of it
# Measured on the CPU (by torch's profiler, with profile_memory), a little rounded up: what is drawn of each pose,
# compared and derived; what the whole image is looked at with; and where a pose puts each face.
BYTES_PER_POSE_PIXEL, BYTES_PER_IMAGE_PIXEL, BYTES_PER_POSE_FACE = 160, 60, 32
SEARCH_BYTES = 40 * 2**20
WORK_SPACE_BYTES = 32 * 2**20  # of cuBLAS, for each stream; less on older devices
USED_SHARE = 0.8  # of what is free: other programs use the device too, and pieces of memory stay unused


def image_bytes(config: Configuration, faces: int, size: tuple[int, int]) -> int:
    """What an estimate takes at its peak, roughly; perceptual networks come on top.

    Args:
        config: Its settings: how many candidates are refined together at which resolution.
        faces: Of the mesh.
        size: Width and height of the image in pixels.
    """
    poses, pixels = config.search.candidates, [SEARCH_BYTES // BYTES_PER_POSE_PIXEL]
    for level in config.refinement.levels:
        pixels.append(poses * level.resolution**2)
        poses = min(poses, level.keep)
    pixels.append(poses * config.loss.resolution**2)
    of_poses = BYTES_PER_POSE_PIXEL * max(pixels) + BYTES_PER_POSE_FACE * faces * config.search.candidates
    return WORK_SPACE_BYTES + of_poses + BYTES_PER_IMAGE_PIXEL * size[0] * size[1]


def free_bytes(device: torch.device) -> int | None:
    """What this process could still take of a CUDA device; None: it is none, and memory is nothing to care for."""
    import torch

    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def measured_bytes(device: torch.device) -> int:
    """The most that was in use for a time, above what is in use now."""
    import torch

    if device.type != "cuda":
        return 0
    return torch.cuda.max_memory_allocated(device) - torch.cuda.memory_allocated(device)


def fitting_count(wanted: int, bytes_each: int, free: int) -> int:
    """How many images go at once: as many as are wanted, halved until their memory suffices; at least one."""
    while wanted > 1 and wanted * bytes_each > USED_SHARE * free:
        wanted //= 2
    return wanted


def is_memory_shortage(error: BaseException) -> bool:
    """Whether the device's memory did not suffice, whatever it was told as."""
    import torch

    return any(isinstance(each, torch.cuda.OutOfMemoryError) for each in _list_causes(error))


def memory_advice(error: BaseException) -> str | None:
    """What to do where the memory of the device, or of this machine, did not suffice; None: it was something else."""
    if is_memory_shortage(error):
        return MEMORY_ADVICE
    for cause in _list_causes(error):
        refused = isinstance(cause, RuntimeError) and any(words in str(cause) for words in HOST_SHORTAGE)
        if refused or isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return HOST_ADVICE
    return None


def _list_causes(error: BaseException) -> list[BaseException]:
    """The error, and those that it was raised from."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    return causes


def release_memory() -> None:
    """Give what torch keeps for later back to the device, so that all streams can have it.

    The work spaces of cuBLAS too, one for each stream that has ever multiplied: torch keeps them for good.
    """
    import torch

    if torch.cuda.is_initialized():
        if hasattr(torch._C, "_cuda_clearCublasWorkspaces"):
            torch._C._cuda_clearCublasWorkspaces()
        torch.cuda.empty_cache()
