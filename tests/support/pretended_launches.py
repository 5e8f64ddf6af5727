"""Tensors that claim to be on CUDA, and Warp's launches on them, which the CPU carries out."""

from __future__ import annotations

from collections.abc import Callable

import torch
import warp as wp
from torch import Tensor


class PretendedTensor(Tensor):
    """Claims to be on CUDA."""


class MixedDevicesError(RuntimeError):
    """What torch raises where tensors are on several devices."""


def pretend(tensor: Tensor) -> Tensor:
    return tensor if isinstance(tensor, PretendedTensor) else tensor.as_subclass(PretendedTensor)


def be_honest(tensor: Tensor) -> Tensor:
    return tensor.as_subclass(Tensor) if isinstance(tensor, PretendedTensor) else tensor


class Stream:
    """Torch's current stream, as Warp sees it."""


def launch_here(launch: Callable) -> Callable:
    """``wp.launch`` with the kernels of the CPU, if all arrays are where the launch is to be."""

    def launch_kernel(kernel, dim, inputs=(), *, device=None, stream=None, **options) -> None:
        # A struct's arrays are among its attributes.
        fields = [field for each in inputs for field in (each, *getattr(each, "__dict__", {}).values())]
        arrays = [field for field in fields if isinstance(field, wp.array) and field.ptr]
        if any(getattr(array, "pretended", False) != isinstance(stream, Stream) for array in arrays):
            raise MixedDevicesError(f"{kernel.key}: its arrays are on other devices than its launch")
        launch(kernel, dim=dim, inputs=list(inputs), device="cpu", **options)

    return launch_kernel


def share_memory(from_torch: Callable) -> Callable:
    """``wp.from_torch`` that remembers which arrays are on CUDA."""

    def share(tensor: Tensor, *args, **kwargs) -> wp.array:
        with torch._C.DisableTorchFunction():
            array = from_torch(be_honest(tensor.detach()), *args, **kwargs)
        array.pretended = isinstance(tensor, PretendedTensor)
        return array

    return share


def refuse_other_stream(fill: Callable) -> Callable:
    def fill_array(array: wp.array, *args) -> None:
        if getattr(array, "pretended", False):
            raise RuntimeError("Warp fills arrays on a stream of its own, which does not wait for torch's")
        fill(array, *args)

    return fill_array
