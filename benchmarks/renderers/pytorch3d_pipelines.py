"""PyTorch3D's differentiable pipelines as its users build them, for the benchmark of rendering.

``MeshRenderer`` with ``MeshRasterizer`` and a Phong shader under ambient light, so that what is drawn is the texture.
The camera is made from OpenCV's matrices by PyTorch3D's own conversion, through which gradients reach the pose.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

# Sharpness of silhouettes (and, as gamma, of depth), and the reach in the squared normalised coordinates of the image
# beyond which a face counts less than 1e-4: the values of PyTorch3D's tutorials.
SIGMA = 1e-4
BLUR_RADIUS = math.log(1 / 1e-4 - 1) * SIGMA


def pytorch3d_pipeline(
    mesh: TexturedMesh, pixels: int, faces_per_pixel: int, samples: int
) -> Callable[[Camera], Float[Tensor, "B 4 H W"]]:
    """A function that draws cameras of ``pixels`` x ``pixels`` images, with ``samples`` x ``samples`` a pixel.

    With one face a pixel its edges are hard, with several they are blurred and the faces are blended.
    """
    from pytorch3d.renderer import (
        AmbientLights,
        BlendParams,
        HardPhongShader,
        MeshRasterizer,
        MeshRenderer,
        RasterizationSettings,
        SoftPhongShader,
        TexturesUV,
    )
    from pytorch3d.structures import Meshes
    from pytorch3d.utils import cameras_from_opencv_projection

    hard = faces_per_pixel == 1
    device, faces = mesh.device, mesh.faces.long()
    texture = TexturesUV(
        maps=mesh.textures[0].texels[None].to(device) / 255,
        faces_uvs=[faces],
        verts_uvs=[torch.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], dim=1)],  # v upwards
    )
    meshes = Meshes([mesh.vertices], [faces], texture)
    settings = RasterizationSettings(
        image_size=pixels * samples,
        blur_radius=0.0 if hard else BLUR_RADIUS,
        faces_per_pixel=faces_per_pixel,
        perspective_correct=True,
    )
    shader = (HardPhongShader if hard else SoftPhongShader)(
        device=device,
        lights=AmbientLights(device=device),
        blend_params=BlendParams(sigma=SIGMA, gamma=SIGMA, background_color=(0.0, 0.0, 0.0)),
    )
    renderer = MeshRenderer(MeshRasterizer(raster_settings=settings), shader)

    def draw(camera: Camera) -> Float[Tensor, "B 4 H W"]:
        intrinsics = torch.zeros(len(camera), 3, 3, device=device)
        intrinsics[:, 0, 0], intrinsics[:, 1, 1] = (samples * camera.focal).unbind(1)
        intrinsics[:, :2, 2] = samples * camera.principal_point
        intrinsics[:, 2, 2] = 1.0
        size = torch.full((len(camera), 2), float(samples * pixels), device=device)
        cameras = cameras_from_opencv_projection(camera.rotation, camera.translation, intrinsics, size)
        rgba = renderer(meshes, cameras=cameras).permute(0, 3, 1, 2)
        return torch.nn.functional.avg_pool2d(rgba, samples)

    return draw
