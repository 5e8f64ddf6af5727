"""Mitsuba 3's differentiable rendering of a mesh, as its tutorial on object poses does it, for the benchmarks.

The mesh shines with its texture (an area emitter), so that what is seen is the texture. The integrators differentiate
silhouettes too ("Projective Sampling for Differentiable Rendering of Geometry", Zhang et al. 2023). The camera stays
and the object moves, which is what they differentiate; silhouettes of coverage (alpha) have no gradient there, those of
colors before black have.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

TUTORIAL = {"type": "direct_projective"}
LEAST = {"type": "prb_projective", "max_depth": 1, "sppi": 0}  # no light that comes by other surfaces
VARIANT = "llvm_ad_rgb"
LIBRARY_VARIABLE = "DRJIT_LIBLLVM_PATH"
INSTALL = 'pip install "camera-estimation[benchmarks]"'
LIBRARY_PATTERNS = ("/usr/lib/*/libLLVM*.so*", "/usr/lib/llvm-*/lib/libLLVM*.so*", "/usr/lib64/libLLVM*.so*")
# A small program: LLVM libraries that are too old end the process that compiles with them.
PROBE = f"""
import mitsuba
mitsuba.set_variant("{VARIANT}")
scene = mitsuba.load_dict(mitsuba.cornell_box() | {{"integrator": {{"type": "prb_projective", "max_depth": 1}}}})
import drjit
color = mitsuba.Float(0.5)
drjit.enable_grad(color)
key = "red.reflectance.value"
parameters = mitsuba.traverse(scene)
parameters[key] = mitsuba.Color3f(color)
parameters.update()
drjit.backward(drjit.sum(mitsuba.render(scene, parameters, spp=1), axis=None))
drjit.eval(drjit.grad(color))
"""


@cache
def missing_mitsuba() -> str | None:
    """One line about what is not installed, with the remedy; None if Mitsuba draws. Finds a library of LLVM for it."""
    from importlib.util import find_spec

    if find_spec("mitsuba") is None:
        return f"Mitsuba 3 is not installed: {INSTALL}"
    given = os.environ.get(LIBRARY_VARIABLE)
    for library in [given] if given else [None, *_llvm_libraries()]:
        environment = dict(os.environ) if library is None else os.environ | {LIBRARY_VARIABLE: str(library)}
        run = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True)
        if run.returncode == 0:
            os.environ.update(environment)
            return None
    return (
        "Mitsuba 3 does not draw here, which needs a library of LLVM newer than 15: apt-get install libllvm19, or name "
        f"one in {LIBRARY_VARIABLE}"
    )


def _llvm_libraries() -> list[str]:
    """Of this system, the newest first."""
    paths = [path for pattern in LIBRARY_PATTERNS for path in Path("/").glob(pattern.removeprefix("/"))]
    versions = {str(path): re.search(r"(?:-|\.so\.)(\d+)", path.name) for path in paths}
    numbers = {path: int(match[1]) for path, match in versions.items() if match}
    return sorted(numbers, key=lambda path: -numbers[path])


class MitsubaRenderer:
    """Draws one mesh from cameras near to a first one, and differentiates in their poses.

    Args:
        mesh: With one texture.
        camera: A batch of one, whose focal length and size all have.
        samples: Of a pixel, for the picture, and as many for the silhouettes' gradient.
        integrator: What Mitsuba computes pictures by.
        threads: That it computes on.
    """

    def __init__(
        self, mesh: TexturedMesh, camera: Camera, samples: int, integrator: dict[str, Any], threads: int
    ) -> None:
        import drjit
        import mitsuba

        mitsuba.set_variant(VARIANT)
        mitsuba.set_log_level(mitsuba.LogLevel.Error)
        drjit.set_thread_count(threads)
        self._mitsuba, self._drjit = mitsuba, drjit
        self.camera, self.samples, self._seed = camera, samples, 0
        self._scene = mitsuba.load_dict(
            {
                "type": "scene",
                "integrator": integrator,
                "sensor": self._sensor(camera),
                "object": self._shape(mesh),
            }
        )
        self._parameters = mitsuba.traverse(self._scene)
        self._vertices = mitsuba.Point3f(mesh.vertices.T.numpy())

    def draw(self, camera: Camera) -> Float[Tensor, "1 3 H W"]:
        """Premultiplied colors."""
        first = self.camera.rotation[0].T
        rotation = first @ camera.rotation[0]
        translation = first @ (camera.translation[0] - self.camera.translation[0])
        return _Drawing.apply(torch.cat([rotation, translation[:, None]], dim=1), self)

    def render(self, motion: Float[np.ndarray, "3 4"], differentiable: bool) -> tuple[Any, list[Any]]:
        """The picture of the object moved, and the variables that the motion is made of."""
        mitsuba, drjit = self._mitsuba, self._drjit
        entries = [mitsuba.Float(float(value)) for value in motion.ravel()]
        if differentiable:
            drjit.enable_grad(*entries)
        moved = [
            entries[4 * row] * self._vertices.x
            + entries[4 * row + 1] * self._vertices.y
            + entries[4 * row + 2] * self._vertices.z
            + entries[4 * row + 3]
            for row in range(3)
        ]
        self._parameters["object.vertex_positions"] = drjit.ravel(mitsuba.Point3f(*moved))
        self._parameters.update()
        self._seed += 2
        picture = mitsuba.render(
            self._scene, self._parameters, spp=self.samples, seed=self._seed, seed_grad=self._seed + 1
        )
        return picture, entries

    def differentiate(
        self, picture: Any, entries: list[Any], gradient: Float[np.ndarray, "H W 3"]
    ) -> Float[np.ndarray, "3 4"]:
        """Of sum(picture * gradient) in the entries of the motion."""
        drjit = self._drjit
        drjit.backward(drjit.sum(picture * self._mitsuba.TensorXf(gradient), axis=None))
        return np.array([float(drjit.grad(entry)[0]) for entry in entries], dtype=np.float32).reshape(3, 4)

    def _sensor(self, camera: Camera) -> dict[str, Any]:
        """Mitsuba's cameras look along their z axis with x to the left and y up."""
        pose = np.eye(4)
        pose[:3, :3] = camera.rotation[0].T.numpy() @ np.diag([-1.0, -1.0, 1.0])
        pose[:3, 3] = -(camera.rotation[0].T @ camera.translation[0]).numpy()
        film = {"type": "hdrfilm", "width": camera.width, "height": camera.height, "pixel_format": "rgb"}
        return {
            "type": "perspective",
            "fov_axis": "x",
            "fov": 2 * math.degrees(math.atan(camera.width / 2 / float(camera.focal[0, 0]))),
            "to_world": self._mitsuba.ScalarTransform4f(pose),
            "sampler": {"type": "independent", "sample_count": self.samples},
            "film": film | {"component_format": "float32", "rfilter": {"type": "box"}},
        }

    def _shape(self, mesh: TexturedMesh) -> Any:
        mitsuba = self._mitsuba
        texels = np.ascontiguousarray(mesh.textures[0].texels.numpy()[..., :3] / np.float32(255))
        texture = {"type": "bitmap", "bitmap": mitsuba.Bitmap(texels.astype(np.float32)), "raw": True}
        properties = mitsuba.Properties()
        properties["light"] = mitsuba.load_dict({"type": "area", "radiance": texture})
        properties["surface"] = mitsuba.load_dict({"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}})
        shape = mitsuba.Mesh("object", len(mesh.vertices), len(mesh.faces), has_vertex_texcoords=True, props=properties)
        values = mitsuba.traverse(shape)
        values["vertex_positions"] = mesh.vertices.numpy().ravel()
        values["faces"] = mesh.faces.numpy().astype(np.uint32).ravel()
        values["vertex_texcoords"] = torch.stack([mesh.uv[:, 0], mesh.uv[:, 1]], dim=1).numpy().ravel()
        values.update()
        return shape


class _Drawing(torch.autograd.Function):
    """Mitsuba's rendering as an operation of torch."""

    @staticmethod
    def forward(context: Any, motion: Float[Tensor, "3 4"], renderer: MitsubaRenderer) -> Float[Tensor, "1 3 H W"]:
        picture, entries = renderer.render(motion.detach().numpy(), context.needs_input_grad[0])
        context.drawn = renderer, picture, entries
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].clone()

    @staticmethod
    def backward(context: Any, gradient: Float[Tensor, "1 3 H W"]) -> tuple[Float[Tensor, "3 4"], None]:
        renderer, picture, entries = context.drawn
        found = renderer.differentiate(picture, entries, gradient[0].permute(1, 2, 0).contiguous().numpy())
        return torch.from_numpy(found), None


def mitsuba_pipeline(
    mesh: TexturedMesh, camera: Camera, samples: int, integrator: dict[str, Any]
) -> Callable[[Camera], Tensor]:
    """A function that draws cameras near to ``camera`` with ``samples`` x ``samples`` samples a pixel."""
    return MitsubaRenderer(mesh, camera, samples**2, integrator, torch.get_num_threads()).draw
