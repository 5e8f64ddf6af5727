"""Ways to render one view and its pose gradient, and their times; benchmarks/rendering.py says what each is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from benchmarks.pytorch3d_pipelines import pytorch3d_pipeline
from benchmarks.subjects import lumpy_ball, view
from camera_estimation.geometry import Camera, retract
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import SAMPLES, SMALL_IMAGE, create_renderer

OURS = "ours"
WARM_UP = 3

Row = dict[str, Any]
Draw = Callable[[Camera], Tensor]  # a camera to RGBA


@dataclass(frozen=True)
class Contender:
    """A way to draw: ``make`` prepares it for a mesh and a resolution."""

    make: Callable[[TexturedMesh, int], Draw]
    differentiable: bool = True
    of_pytorch3d: bool = False


def ours(name: str) -> Callable[[TexturedMesh, int], Draw]:
    def make(mesh: TexturedMesh, pixels: int) -> Draw:
        renderer = create_renderer(mesh, name)

        def draw(camera: Camera) -> Tensor:
            drawn = renderer.render(camera)
            return torch.cat([drawn.image, drawn.mask], dim=1)

        return draw

    return make


def our_draw(mesh: TexturedMesh, pixels: int) -> Draw:
    renderer = create_renderer(mesh)
    return lambda camera: renderer.draw(camera)[0]


def soft(mesh: TexturedMesh, pixels: int) -> Draw:
    return pytorch3d_pipeline(mesh, pixels, faces_per_pixel=50, samples=1)


def hard(mesh: TexturedMesh, pixels: int) -> Draw:
    return pytorch3d_pipeline(mesh, pixels, faces_per_pixel=1, samples=1)


def hard_samples(mesh: TexturedMesh, pixels: int) -> Draw:
    samples = 2 * SAMPLES if pixels <= SMALL_IMAGE else SAMPLES
    return pytorch3d_pipeline(mesh, pixels, faces_per_pixel=1, samples=samples)


CONTENDERS = {
    OURS: Contender(ours("warp")),
    "ours, draw": Contender(our_draw, differentiable=False),
    "ours on PyTorch3D": Contender(ours("pytorch3d"), of_pytorch3d=True),
    "PyTorch3D soft": Contender(soft, of_pytorch3d=True),
    "PyTorch3D hard": Contender(hard, of_pytorch3d=True),
    "PyTorch3D hard, samples": Contender(hard_samples, of_pytorch3d=True),
}


@dataclass
class Course:
    """A contender on one mesh at one resolution, with the milliseconds of its runs so far."""

    contender: Contender
    mesh: TexturedMesh
    pixels: int
    forward_ms: list[float] = field(default_factory=list)
    gradient_ms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = self.contender.make(self.mesh, self.pixels)
        self.camera = view(self.pixels, self.mesh.device)
        self.step = torch.zeros(1, 6, device=self.mesh.device, requires_grad=self.contender.differentiable)

    def run(self) -> None:
        self.step.grad = None
        start = time.perf_counter()
        loss = self.draw(retract(self.camera, self.step)).square().sum()
        synchronise(self.mesh.device)
        self.forward_ms.append(1e3 * (time.perf_counter() - start))
        if self.contender.differentiable:
            loss.backward()
            synchronise(self.mesh.device)
            self.gradient_ms.append(1e3 * (time.perf_counter() - start))

    def wants_more(self, repeats: int, patience: float) -> bool:
        spent = sum(self.gradient_ms or self.forward_ms) / 1e3
        return len(self.forward_ms) < repeats and spent < patience

    def medians(self) -> dict[str, Any]:
        return {
            "forward_ms": statistics.median(self.forward_ms),
            "gradient_ms": statistics.median(self.gradient_ms) if self.gradient_ms else None,
            "runs": len(self.forward_ms),
        }


def measure(names: Iterable[str], mesh: TexturedMesh, pixels: int, repeats: int, patience: float) -> Iterator[Row]:
    """A row for each contender; they take turns."""
    courses = {}
    for name in names:
        course = courses[name] = Course(CONTENDERS[name], mesh, pixels)
        if not course.contender.of_pytorch3d or mesh.device.type == "cuda":
            for _ in range(WARM_UP):
                course.run()
            course.forward_ms.clear()
            course.gradient_ms.clear()
    while waiting := [course for course in courses.values() if course.wants_more(repeats, patience)]:
        for course in waiting:
            course.run()
    for name, course in courses.items():
        yield {"renderer": name, "faces": len(mesh.faces), "pixels": pixels, **course.medians()}


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def check_same_picture(device: torch.device) -> None:
    """Stops the benchmark if PyTorch3D's pipeline does not draw the view that ours draws."""
    mesh, pixels = lumpy_ball(2_000).to(device), 64
    first, second = (make(mesh, pixels)(view(pixels, device)) for make in (ours("warp"), hard_samples))
    difference = (first - second).abs().mean().item()
    if difference > 0.01:
        raise SystemExit(
            f"error: the pictures differ by {difference:.3f} on average: the comparison would mean nothing"
        )
