"""The pretended device has the rules of CUDA."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import warp as wp

from camera_estimation.rendering._visibility import homogeneous_pixels, visible_faces
from camera_estimation.rendering.renderer import Renderer
from tests.support.pretended_cuda import pretend_cuda
from tests.support.pretended_launches import MixedDevicesError, PretendedTensor
from tests.support.shapes import bumpy_ball, view_from
from tests.support.waits import WaitLog


@pytest.fixture
def log():
    log = WaitLog()
    with pretend_cuda(log):
        yield log


def waits(log: WaitLog) -> list[str]:
    found = [wait.reason for wait, count in log.counts.items() for _ in range(count)]
    log.counts.clear()
    return found


def ones(*shape: int) -> torch.Tensor:
    return torch.ones(shape, device="cuda:0")


def test_tensors_are_where_they_were_made(log):
    made = ones(3)
    assert made.device == torch.device("cuda:0")
    assert made.is_cuda
    assert isinstance((2 * made[:2]).sqrt().exp(), PretendedTensor)
    assert torch.zeros_like(made).device == made.new_zeros(2).device == made.device
    assert torch.ones(3).device.type == made.cpu().device.type == "cpu"
    assert torch.equal(torch.stack([made, made]).amax(0).cpu(), torch.ones(3))


@pytest.mark.parametrize(
    "mix",
    [
        lambda there, here: there + here,
        lambda there, here: here @ there,
        lambda there, here: torch.cat([there, here]),
        lambda there, here: torch.where(here > 0, there, there),
        lambda there, here: torch.stack([there[0], torch.tensor(1.0)]),
        lambda there, here: here[there.long()],
        lambda there, here: torch.nn.functional.interpolate(there[None, None], 5) * here[:1],
    ],
)
def test_devices_do_not_mix(log, mix):
    with pytest.raises(MixedDevicesError):
        mix(ones(3), torch.ones(3))


@pytest.mark.parametrize("multiply", [torch.matmul, lambda first, second: first @ second])
def test_products_are_those_of_the_cpu(multiply):
    """To the last bit, also by a batch of one, which torch may multiply by in two ways."""
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(size, 3, 3, generator=generator) for size in (400, 1))
    expected = multiply(first, second)
    with pretend_cuda(WaitLog()):
        found = multiply(first.to("cuda"), second.to("cuda")).cpu()
    assert torch.equal(found, expected)


def test_numbers_are_of_no_device(log):
    assert (ones(3) * torch.tensor(2.0) + 1).cpu().tolist() == [3, 3, 3]
    assert waits(log) == ["cpu"]


def test_numpy_cannot_read_it(log):
    for read in (np.asarray, torch.Tensor.numpy):
        with pytest.raises(TypeError, match="numpy"):
            read(ones(3))


@pytest.mark.parametrize(
    ("wait", "times"),
    [
        (lambda x: x.sum().item(), 1),
        (lambda x: float(x[0]), 1),
        (lambda x: bool(x.any()), 1),
        (lambda x: x.tolist(), 1),
        (lambda x: x.cpu(), 1),
        (lambda x: x[x > 0], 1),
        (lambda x: x[[0, 1]], 1),
        (lambda x: x[torch.tensor([0, 1])], 1),
        (lambda x: x.nonzero(), 1),
        (lambda x: x.unique(), 1),
        (lambda x: torch.equal(x, x), 1),
        (lambda x: torch.linalg.solve(torch.diag(x), x), 1),
        (lambda x: torch.tensor([1.0, 2.0], device=x.device), 1),
        (lambda x: torch.ones(3).to(x), 1),
        (lambda x: [1, 2, 3][x.argmax()], 1),
        (lambda x: torch.linalg.solve_ex(torch.diag(x), x), 0),
        (lambda x: x[torch.arange(2, device=x.device)], 0),
        (lambda x: x.masked_fill(x > 0, 2.0).to(torch.float64), 0),
        (lambda x: x.new_full((2,), 0.5) + x[:2].clamp(min=0.1), 0),
    ],
)
def test_waits_are_noted(log, wait, times):
    wait(ones(3))
    assert len(waits(log)) == times


def test_gradients_are_there_too(log):
    start = torch.zeros(2, device="cuda:0", requires_grad=True)
    (gradient,) = torch.autograd.grad(((start - 1) ** 2).sum(), start)
    ((start - 1) ** 2).sum().backward()
    assert start.grad.device == gradient.device == start.device
    assert gradient.cpu().tolist() == start.grad.cpu().tolist() == [-2, -2]


def test_kernels_want_all_arrays_on_the_device_of_the_launch(log):
    camera = view_from((0.5, 0.4, 1.0), size=32)
    renderer = Renderer(bumpy_ball(10, 10).to("cuda:0"))
    assert renderer.draw(camera.to("cuda:0"))[0].device.type == "cuda"
    with pytest.raises(MixedDevicesError):
        renderer.draw(camera)
    surface = Renderer(bumpy_ball(10, 10))._backend._surface
    there, faces = camera.to("cuda:0"), renderer.mesh.faces
    homogeneous = homogeneous_pixels(renderer.mesh.vertices, there, 2)
    with pytest.raises(MixedDevicesError, match="rasterize"):
        visible_faces(homogeneous, faces, surface, there, 2)


def test_warp_does_not_fill_arrays_on_a_stream_of_its_own(log):
    with pytest.raises(RuntimeError, match="stream"):
        wp.from_torch(ones(3)).zero_()
