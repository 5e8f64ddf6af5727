"""Cameras, and every convention of this project.

==============  ===========================================================================
world           the GLB scene as glTF defines it: right-handed, +Y up, metres
camera axes     OpenCV: x right, y down, z forward
pose            ``world_to_camera``: X_cam = R @ X_world + t
pixels          u = fx * x / z + cx; the centre of the first pixel is (0.5, 0.5), origin top left
images          ``[B, C, H, W]`` float in [0, 1], sRGB values as stored
masks           ``[B, 1, H, W]`` soft coverage in [0, 1]
angles          radians inside; degrees on the command line and in files, with ``_deg`` in the name
orbit           yaw, pitch, radius, look_at in a +Z-up frame: glTF (x, y, z) is (x, -z, y) there;
                centre = look_at + radius * (sin yaw cos pitch, cos yaw cos pitch, sin pitch)
crops           a crop changes fx, fy, cx, cy, never the pose
==============  ===========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.deprecation import RenamedAttribute
from camera_estimation.geometry.rotation import rotvec_to_rotmat

# A step of ``retract`` leaves at least this share of the inverse distance: beyond zero there is no camera.
LEAST_INVERSE = 0.05
# OpenCV camera axes (x right, y down, z forward) to glTF / OpenGL camera axes (x right, y up, z backward).
OPENGL_FROM_OPENCV = (1.0, -1.0, -1.0)
PYTORCH3D_FROM_OPENCV = (-1.0, -1.0, 1.0)  # to PyTorch3D's: x left, y up, z forward


@dataclass(frozen=True)
class Camera:
    """A batch of B pinhole cameras that share one image size.

    Attributes:
        rotation: World to camera (OpenCV axes).
        translation: World to camera, in world units: X_cam = rotation @ X_world + translation.
        focal: (fx, fy) in pixels.
        principal_point: (cx, cy) in pixels; the image's top left corner is (0, 0).
        width: Of the image, in pixels.
        height: Likewise.
    """

    rotation: Float[Tensor, "B 3 3"]
    translation: Float[Tensor, "B 3"]
    focal: Float[Tensor, "B 2"]
    principal_point: Float[Tensor, "B 2"]
    width: int
    height: int

    centre = RenamedAttribute("center")
    resized = RenamedAttribute("resize")
    uncropped = RenamedAttribute("uncrop")

    def __len__(self) -> int:
        return self.rotation.shape[0]

    def __getitem__(self, index) -> Camera:
        """The cameras that ``index`` (a slice, a list, a tensor) selects; an int keeps the batch axis."""
        if isinstance(index, int):
            index = [index]
        # Once for all tensors, for CUDA is waited for whenever numbers are brought to it, or counted.
        if isinstance(index, list):
            index = torch.tensor(index, dtype=torch.long, device=self.device)
        elif isinstance(index, Tensor) and index.dtype == torch.bool:
            index = torch.nonzero(index)[:, 0]
        return replace(
            self,
            rotation=self.rotation[index],
            translation=self.translation[index],
            focal=self.focal[index],
            principal_point=self.principal_point[index],
        )

    @property
    def device(self) -> torch.device:
        return self.rotation.device

    @property
    def world_to_camera(self) -> Float[Tensor, "B 4 4"]:
        matrix = torch.eye(4, dtype=self.rotation.dtype, device=self.device).repeat(len(self), 1, 1)
        matrix[:, :3, :3] = self.rotation
        matrix[:, :3, 3] = self.translation
        return matrix

    @property
    def center(self) -> Float[Tensor, "B 3"]:
        """Camera centres in world coordinates."""
        return -(self.rotation.transpose(-1, -2) @ self.translation.unsqueeze(-1)).squeeze(-1)

    @property
    def fov(self) -> Float[Tensor, " B"]:
        """Vertical field of view in radians, taken as if the principal point were the image centre."""
        return 2 * torch.atan(self.height / (2 * self.focal[:, 1]))

    def to(self, *args, **kwargs) -> Camera:
        """As ``torch.Tensor.to``, for every tensor of the batch."""
        return replace(
            self,
            rotation=self.rotation.to(*args, **kwargs),
            translation=self.translation.to(*args, **kwargs),
            focal=self.focal.to(*args, **kwargs),
            principal_point=self.principal_point.to(*args, **kwargs),
        )

    def detach(self) -> Camera:
        """The same cameras without gradients."""
        return replace(
            self,
            rotation=self.rotation.detach(),
            translation=self.translation.detach(),
            focal=self.focal.detach(),
            principal_point=self.principal_point.detach(),
        )

    def project(self, points: Float[Tensor, "#B N 3"]) -> tuple[Float[Tensor, "B N 2"], Float[Tensor, "B N"]]:
        """Pixel coordinates (u, v) and depth z of world points; meaningless where z <= 0."""
        in_camera = points @ self.rotation.transpose(-1, -2) + self.translation[:, None]
        depth = in_camera[..., 2]
        uv = in_camera[..., :2] / depth[..., None] * self.focal[:, None] + self.principal_point[:, None]
        return uv, depth

    def crop(self, left: float, top: float, width: float, height: float, out_width: int, out_height: int) -> Camera:
        """The same cameras for a window of the image, resized to ``out_width`` x ``out_height`` pixels.

        Args:
            left: Of the window, in pixels of this image, as the next three.
            top: Of the window.
            width: Of the window.
            height: Of the window.
            out_width: Width of the new image, in its pixels.
            out_height: Height of the new image.
        """
        scale = _fill_pair(self.focal, out_width / width, out_height / height)
        corner = _fill_pair(self.focal, left, top)
        return replace(
            self,
            focal=self.focal * scale,
            principal_point=(self.principal_point - corner) * scale,
            width=out_width,
            height=out_height,
        )

    def uncrop(self, left: float, top: float, width: float, height: float, full_width: int, full_height: int) -> Camera:
        """The inverse of ``crop``: the cameras of the full image that this one is a window of."""
        scale = _fill_pair(self.focal, self.width / width, self.height / height)
        corner = _fill_pair(self.focal, left, top)
        return replace(
            self,
            focal=self.focal / scale,
            principal_point=self.principal_point / scale + corner,
            width=full_width,
            height=full_height,
        )

    def resize(self, width: int, height: int) -> Camera:
        """The same cameras for the whole image at another size."""
        return self.crop(0, 0, self.width, self.height, width, height)


def make_camera(
    world_to_camera: Float[Tensor, "B 4 4"],
    intrinsics: Float[Tensor, "B 4"] | Float[Tensor, "4"],
    width: int,
    height: int,
) -> Camera:
    """Cameras from 4x4 matrices.

    Args:
        world_to_camera: Poses in OpenCV axes.
        intrinsics: (fx, fy, cx, cy) in pixels, of each camera or of all.
        width: Of the images, in pixels.
        height: Likewise.
    """
    intrinsics = intrinsics.to(world_to_camera).expand(world_to_camera.shape[0], 4)
    return Camera(
        rotation=world_to_camera[:, :3, :3],
        translation=world_to_camera[:, :3, 3],
        focal=intrinsics[:, :2],
        principal_point=intrinsics[:, 2:],
        width=width,
        height=height,
    )


def concatenate(cameras: list[Camera]) -> Camera:
    """One batch from several that share an image size."""
    return replace(
        cameras[0],
        rotation=torch.cat([camera.rotation for camera in cameras]),
        translation=torch.cat([camera.translation for camera in cameras]),
        focal=torch.cat([camera.focal for camera in cameras]),
        principal_point=torch.cat([camera.principal_point for camera in cameras]),
    )


def retract(camera: Camera, step: Float[Tensor, "B K"]) -> Camera:
    """Cameras after a step of pose refinement; differentiable in ``step``.

    With the camera of a normalised mesh a step turns, moves and scales the object about its own centre, which keeps the
    parameters independent. (A retraction maps steps to points of a manifold: Absil, Mahony and Sepulchre, "Optimization
    Algorithms on Matrix Manifolds", 2008.)

    Args:
        camera: Where the steps begin.
        step: Of each camera a rotation vector about the world's origin in camera axes (radians), a shift along the
            camera's x and y (world units), the logarithm of a factor of the distance and, where there is a seventh
            column, a change of the inverse distance (1 / world units) at constant size in the image, which changes the
            inverse focal length in proportion: the orthographic limit, where both are zero, is an ordinary point.
    """
    shift = torch.cat([step[:, 3:5], torch.zeros_like(step[:, :1])], dim=1)
    log_depth = step[:, 5:6]
    focal = camera.focal
    away = torch.exp(log_depth)
    if step.shape[1] == 7:
        zoom = 1 / (1 + camera.translation[:, 2:] * step[:, 6:7]).clamp(min=LEAST_INVERSE)
        away, focal = away * zoom, focal * zoom
    return replace(
        camera,
        rotation=rotvec_to_rotmat(step[:, :3]) @ camera.rotation,
        translation=(camera.translation + shift) * away,
        focal=focal,
    )


def _fill_pair(like: Float[Tensor, "B 2"], first: float, second: float) -> Float[Tensor, "2"]:
    """Two numbers on the device of ``like``, which does not have to be waited for as a copy of them would."""
    return torch.stack([like.new_full((), first), like.new_full((), second)])
