"""A CUDA device that is not there: tensors claim to be on it and are computed on the CPU, with the rules of CUDA.

What mixes devices fails, as on CUDA; what makes the program wait for the device is noted. Kernels are launched by the
CPU, as many threads of them as on CUDA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import warp as wp
from torch import Tensor
from torch.autograd.graph import _engine_run_backward
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from tests.support.cuda_geometry import launch_as_on_cuda
from tests.support.pretended_launches import (
    MixedDevicesError,
    PretendedTensor,
    Stream,
    be_honest,
    launch_here,
    pretend,
    refuse_other_stream,
    share_memory,
)
from tests.support.waits import WaitLog, waiting_operation

CUDA, CPU = torch.device("cuda:0"), torch.device("cpu")
UNREADABLE = ("numpy", "__array__")
INDEXING = ("__getitem__", "__setitem__")
# They take numbers from the host, and wait until those are on the device.
UPLOADS = ("tensor", "as_tensor", "new_tensor", "from_numpy", "asarray")
# Torch multiplies by a batch of one with another function, whose last bits differ, while a dispatch mode is entered
# (isTensorSubclassLike in its matmul). They never wait: it need not be.
PRODUCTS = ("matmul", "__matmul__", "__rmatmul__")
# Here a tensor of the CPU without dimensions is not taken for a number.
STRICT = ("cat", "stack", "matmul", "__matmul__", "mm", "bmm", "index_copy", "index_select", "gather", "concatenate")


class PretendedCuda(TorchFunctionMode):
    """While it is entered, ``cuda:0`` is a device."""

    def __init__(self, log: WaitLog) -> None:
        super().__init__()
        self.log = log

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", str(func))
        if name == "__get__":
            return self._attribute(func, args, kwargs)
        if func in (torch.autograd.grad, Tensor.backward):
            return self._differentiate(func, *args, **kwargs)
        tensors = list(tensors_in((args, kwargs)))
        here = any(isinstance(tensor, PretendedTensor) for tensor in tensors)
        if name in ("to", "cpu", "cuda") and isinstance(args[0], Tensor):
            return self._move(func, name, args, kwargs)
        if here and name in UNREADABLE:
            raise TypeError(f"can't convert cuda:0 device type tensor to numpy ({self.log.place()})")
        if here and name == "tolist":
            self.log.note(name)
        target = kwargs.get("device")
        if target is not None:
            kwargs = {**kwargs, "device": CPU}
        on_cuda = here if target is None else torch.device(target).type == "cuda"
        if name in UPLOADS and on_cuda and not (args and isinstance(args[0], PretendedTensor) and name != "new_tensor"):
            self.log.note(name)
        if here:
            self._check_devices(name, args, tensors)
        return self._call(func, args, kwargs, on_cuda)

    def _attribute(self, func: Callable, args: tuple, kwargs: dict) -> Any:
        here = isinstance(args[0], PretendedTensor)
        owner = func.__self__
        if here and owner in (Tensor.device, Tensor.is_cuda, Tensor.is_cpu):
            return {Tensor.device: CUDA, Tensor.is_cuda: True, Tensor.is_cpu: False}[owner]
        return self._call(func, args, kwargs, here)

    def _move(self, func: Callable, name: str, args: tuple, kwargs: dict) -> Tensor:
        """``to``, ``cpu``, ``cuda``: between devices, with a copy."""
        tensor, given = args[0], [*args[1:], *kwargs.values()]
        here = isinstance(tensor, PretendedTensor)
        on_cuda = {"to": here, "cpu": False, "cuda": True}[name]
        for value in given:
            if isinstance(value, torch.device | str):
                on_cuda = torch.device(value).type == "cuda"
            elif isinstance(value, Tensor):
                on_cuda = isinstance(value, PretendedTensor)
        dtype = next((v if isinstance(v, torch.dtype) else v.dtype for v in given if _has_type(v)), tensor.dtype)
        if on_cuda == here:
            return tensor if dtype == tensor.dtype else self._call(Tensor.to, (tensor, dtype), {}, here)
        self.log.note(name)
        return self._call(lambda: tensor.to(dtype, copy=True), (), {}, on_cuda)

    def _check_devices(self, name: str, args: tuple, tensors: list[Tensor]) -> None:
        """What CUDA would refuse, and what it would have to wait for."""
        foreign = [tensor for tensor in tensors if not isinstance(tensor, PretendedTensor)]
        if name in INDEXING:
            if any(map(_is_of_host, args[1] if isinstance(args[1], tuple) else (args[1],))):
                self.log.note("an index of the host")
            if not isinstance(args[0], PretendedTensor):
                raise MixedDevicesError(f"a tensor of the CPU is indexed by one of cuda:0 ({self.log.place()})")
            return
        if name == "copy_":
            self.log.note(name) if foreign else None
            return
        if torch._C._current_graph_task_id() != -1:
            return  # gradients come from the engine as plain tensors
        if any(tensor.dim() > 0 or name in STRICT for tensor in foreign):
            raise MixedDevicesError(
                f"Expected all tensors to be on the same device, but {name} got some of cuda:0 and some of the CPU "
                f"({self.log.place()})"
            )

    def _call(self, func: Callable, args: tuple, kwargs: dict, on_cuda: bool) -> Any:
        free = kwargs.pop("requires_grad", False) if "requires_grad" in kwargs and on_cuda else False
        unseen = _disable_current_modes() if getattr(func, "__name__", "") in PRODUCTS else nullcontext()
        with torch._C.DisableTorchFunctionSubclass(), self.log.watch(on_cuda), unseen:
            found = func(*args, **kwargs)
            found = map_tensors(pretend if on_cuda else be_honest, found)
            return found.requires_grad_() if free else found

    def _differentiate(self, func: Callable, outputs, inputs=None, grad_outputs=None, **options) -> Any:
        """Backward passes, with this mode entered where they come to Python code."""
        outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
        if func is Tensor.backward:
            inputs, grad_outputs = None, inputs
        inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs or ())
        given = (grad_outputs,) if grad_outputs is None or isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
        given = tuple(
            torch.ones_like(output) if gradient is None else gradient
            for output, gradient in zip(outputs, given * len(outputs) if len(given) == 1 else given, strict=True)
        )
        accumulate = func is Tensor.backward
        keep = bool(options.get("retain_graph") or options.get("create_graph"))
        create, unused = bool(options.get("create_graph")), bool(options.get("allow_unused"))
        with self:
            found = _engine_run_backward(
                outputs, given, keep, create, inputs, allow_unreachable=accumulate or unused, accumulate_grad=accumulate
            )
        mark = pretend if isinstance(outputs[0], PretendedTensor) else be_honest
        return None if accumulate else tuple(None if each is None else mark(each) for each in found)


class _WaitingOperations(TorchDispatchMode):
    """Notes what waits inside of torch's own functions."""

    def __init__(self, log: WaitLog) -> None:
        super().__init__()
        self.log = log

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if self.log.watching and (name := waiting_operation(func, args)):
            self.log.note(name)
        return func(*args, **(kwargs or {}))


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors of nested containers."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def map_tensors(function: Callable[[Tensor], Tensor], value: Any) -> Any:
    """The same containers with other tensors."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, torch.Size):
        return value
    if isinstance(value, list | tuple):
        return type(value)([map_tensors(function, each) for each in value])
    return value


def _has_type(value: Any) -> bool:
    return isinstance(value, torch.dtype | Tensor)


def _is_of_host(index: Any) -> bool:
    """Whether an index is numbers that have to be brought to the device."""
    if isinstance(index, Tensor):
        return not isinstance(index, PretendedTensor) and index.dim() > 0
    return isinstance(index, list | range) or type(index).__module__ == "numpy"


@contextmanager
def pretend_cuda(log: WaitLog) -> Iterator[None]:
    """Within, ``cuda:0`` is there, and ``log`` notes what waits for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "device_count", lambda: 1)
        patch.setattr(torch.cuda, "current_stream", lambda device=None: SimpleNamespace(cuda_stream=0))
        patch.setattr(wp, "stream_from_torch", lambda stream: Stream())
        patch.setattr(wp, "launch", launch_here(wp.launch))
        patch.setattr(wp, "from_torch", share_memory(wp.from_torch))
        for name in ("zero_", "fill_"):
            patch.setattr(wp.array, name, refuse_other_stream(getattr(wp.array, name)))
        launch_as_on_cuda(patch)
        with _WaitingOperations(log), PretendedCuda(log):
            yield
