"""Ways to render one view and its pose gradient, and their times; benchmarks/rendering.py says what each is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from benchmarks.renderers.mitsuba_pipeline import LEAST, TUTORIAL, missing_mitsuba, mitsuba_pipeline
from benchmarks.renderers.pytorch3d_pipelines import pytorch3d_pipeline
from benchmarks.subjects import smooth_ball, view
from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera, retract
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import SAMPLES, SMALL_IMAGE, check_renderer, create_renderer

OURS, OURS_DRAW = "ours", "ours, draw"
SOFT, HARD_SAMPLES = "PyTorch3D soft", "PyTorch3D hard, samples"
MITSUBA, MITSUBA_LEAST = "Mitsuba 3", "Mitsuba 3, least"
PYTORCH3D, MITSUBA_LIBRARY = "pytorch3d", "mitsuba"
WARM_UP = 3

Row = dict[str, Any]
Draw = Callable[[Camera], Tensor]  # a camera to RGBA, or to RGB


@dataclass(frozen=True)
class Contender:
    """A way to draw: ``make`` prepares it for a mesh and a resolution. ``library`` is what it needs beside ours."""

    make: Callable[[TexturedMesh, int], Draw]
    differentiable: bool = True
    library: str | None = None


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
    return pytorch3d_pipeline(mesh, pixels, faces_per_pixel=1, samples=samples_a_side(pixels))


def mitsuba(integrator: dict[str, Any]) -> Callable[[TexturedMesh, int], Draw]:
    def make(mesh: TexturedMesh, pixels: int) -> Draw:
        return mitsuba_pipeline(mesh, view(pixels, mesh.device), samples_a_side(pixels), integrator)

    return make


def samples_a_side(pixels: int) -> int:
    """As many as our renderer takes of a pixel."""
    return 2 * SAMPLES if pixels <= SMALL_IMAGE else SAMPLES


CONTENDERS = {
    OURS: Contender(ours("warp")),
    OURS_DRAW: Contender(our_draw, differentiable=False),
    "ours on PyTorch3D": Contender(ours("pytorch3d"), library=PYTORCH3D),
    SOFT: Contender(soft, library=PYTORCH3D),
    "PyTorch3D hard": Contender(hard, library=PYTORCH3D),
    HARD_SAMPLES: Contender(hard_samples, library=PYTORCH3D),
    MITSUBA: Contender(mitsuba(TUTORIAL), library=MITSUBA_LIBRARY),
    MITSUBA_LEAST: Contender(mitsuba(LEAST), library=MITSUBA_LIBRARY),
}


# Of each library what draws the same picture as ours: silhouettes are not blurred, and samples are as many.
SAME_PICTURE = {PYTORCH3D: HARD_SAMPLES, MITSUBA_LIBRARY: MITSUBA}


def find_libraries(device: torch.device) -> dict[str, str | None]:
    """The other libraries, with one line about why one cannot be compared with, or None."""
    try:
        check_renderer(PYTORCH3D)
        pytorch3d = None
    except InputError as error:
        pytorch3d = str(error)
    mitsuba = "Mitsuba 3 is compared with on the CPU only" if device.type != "cpu" else missing_mitsuba()
    return {PYTORCH3D: pytorch3d, MITSUBA_LIBRARY: mitsuba}


@dataclass
class Course:
    """A contender on one mesh at one resolution, with the milliseconds of its runs so far."""

    contender: Contender
    mesh: TexturedMesh
    pixels: int
    forward_ms: list[float] = field(default_factory=list)
    gradient_ms: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)  # of all threads, for the gradient

    def __post_init__(self) -> None:
        self.draw = self.contender.make(self.mesh, self.pixels)
        self.camera = view(self.pixels, self.mesh.device)
        self.step = torch.zeros(1, 6, device=self.mesh.device, requires_grad=self.contender.differentiable)

    def run(self) -> None:
        self.step.grad = None
        start, start_processor = time.perf_counter(), time.process_time()
        loss = self.draw(retract(self.camera, self.step)).square().sum()
        synchronize(self.mesh.device)
        self.forward_ms.append(1e3 * (time.perf_counter() - start))
        if self.contender.differentiable:
            loss.backward()
            synchronize(self.mesh.device)
            self.gradient_ms.append(1e3 * (time.perf_counter() - start))
            self.processor_ms.append(1e3 * (time.process_time() - start_processor))

    def warm_up(self) -> None:
        """Runs that do not count: kernels are compiled and loaded."""
        for _ in range(WARM_UP):
            self.run()
        for times in (self.forward_ms, self.gradient_ms, self.processor_ms):
            times.clear()

    def wants_more(self, repeats: int, patience: float) -> bool:
        spent = sum(self.gradient_ms or self.forward_ms) / 1e3
        return len(self.forward_ms) < repeats and spent < patience

    def medians(self) -> dict[str, Any]:
        return {
            "forward_ms": statistics.median(self.forward_ms),
            "gradient_ms": statistics.median(self.gradient_ms) if self.gradient_ms else None,
            "processor_ms": statistics.median(self.processor_ms) if self.processor_ms else None,
            "runs": len(self.forward_ms),
        }


def measure(names: Iterable[str], mesh: TexturedMesh, pixels: int, repeats: int, patience: float) -> Iterator[Row]:
    """A row for each contender; they take turns."""
    courses = {}
    for name in names:
        course = courses[name] = Course(CONTENDERS[name], mesh, pixels)
        if course.contender.library != PYTORCH3D or mesh.device.type == "cuda":
            course.warm_up()
    while waiting := [course for course in courses.values() if course.wants_more(repeats, patience)]:
        for course in waiting:
            course.run()
    for name, course in courses.items():
        yield {"renderer": name, "faces": len(mesh.faces), "pixels": pixels, **course.medians()}


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def check_same_picture(library: str, device: torch.device) -> None:
    """Stops the benchmark if a library does not draw the view that ours draws."""
    name = SAME_PICTURE[library]
    mesh, pixels = smooth_ball(2_000).to(device), 64
    first, second = (CONTENDERS[known].make(mesh, pixels)(view(pixels, device)) for known in (OURS, name))
    difference = (first[:, :3] - second[:, :3]).abs().mean().item()
    if difference > 0.01:
        raise SystemExit(
            f"error: {name} draws a picture that differs by {difference:.3f} on average: comparing would mean nothing"
        )
