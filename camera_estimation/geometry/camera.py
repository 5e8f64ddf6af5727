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

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

# Columns are the +Z-up orbit frame's axes seen from glTF's +Y-up frame: (x, -z, y) = Z_UP_FROM_Y_UP @ (x, y, z).
Z_UP_FROM_Y_UP = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))

# OpenCV camera axes (x right, y down, z forward) to glTF / OpenGL camera axes (x right, y up, z backward).
OPENGL_FROM_OPENCV = (1.0, -1.0, -1.0)


@dataclass(frozen=True)
class Camera:
    """A batch of B pinhole cameras that share one image size.

    ``rotation`` and ``translation`` map world to camera (OpenCV axes); ``focal`` is (fx, fy) and
    ``principal_point`` is (cx, cy), both in pixels of an image of ``width`` x ``height``.
    """

    rotation: Float[Tensor, "B 3 3"]
    translation: Float[Tensor, "B 3"]
    focal: Float[Tensor, "B 2"]
    principal_point: Float[Tensor, "B 2"]
    width: int
    height: int

    def __len__(self) -> int:
        return self.rotation.shape[0]

    def __getitem__(self, index) -> Camera:
        """The cameras that ``index`` (a slice, a list, a tensor) selects; an int keeps the batch axis."""
        if isinstance(index, int):
            index = [index]
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

    def project(self, points: Float[Tensor, "B N 3"]) -> tuple[Float[Tensor, "B N 2"], Float[Tensor, "B N"]]:
        """Pixel coordinates (u, v) and depth z of world points; meaningless where z <= 0."""
        in_camera = points @ self.rotation.transpose(-1, -2) + self.translation[:, None]
        depth = in_camera[..., 2]
        uv = in_camera[..., :2] / depth[..., None] * self.focal[:, None] + self.principal_point[:, None]
        return uv, depth

    def crop(self, left: float, top: float, width: float, height: float, out_width: int, out_height: int) -> Camera:
        """The same cameras for a window of the image (in its pixels), resized to ``out_width`` x ``out_height``."""
        scale = self.focal.new_tensor([out_width / width, out_height / height])
        corner = self.focal.new_tensor([left, top])
        return replace(
            self,
            focal=self.focal * scale,
            principal_point=(self.principal_point - corner) * scale,
            width=out_width,
            height=out_height,
        )

    def uncrop(self, left: float, top: float, width: float, height: float, full_width: int, full_height: int) -> Camera:
        """The inverse of ``crop``: the cameras of the full image that this one is a window of."""
        scale = self.focal.new_tensor([self.width / width, self.height / height])
        corner = self.focal.new_tensor([left, top])
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
    """Cameras from 4x4 poses and (fx, fy, cx, cy) in pixels."""
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


def focal_from_fov(fov: float, size: float) -> float:
    """Focal length in pixels from a field of view in radians across ``size`` pixels."""
    return size / (2 * math.tan(fov / 2))


def intrinsics_from_fov(fov: float, width: int, height: int) -> Float[Tensor, "4"]:
    """(fx, fy, cx, cy) with square pixels and a central principal point; ``fov`` is vertical, in radians."""
    focal = focal_from_fov(fov, height)
    return torch.tensor([focal, focal, width / 2, height / 2], dtype=torch.float64)


def rotvec_to_rotmat(vector: Float[Tensor, "B 3"]) -> Float[Tensor, "B 3 3"]:
    """Rotation matrices exp([v]x) of rotation vectors in radians (Rodrigues); differentiable, also at zero."""
    skew = cross_product_matrix(vector)
    angle = (vector.square().sum(-1) + 1e-20).sqrt()[:, None, None]
    first = torch.sinc(angle / math.pi)  # sin(angle) / angle
    second = torch.sinc(angle / (2 * math.pi)).square() / 2  # (1 - cos(angle)) / angle^2
    return torch.eye(3, dtype=vector.dtype, device=vector.device) + first * skew + second * skew @ skew


def retract(camera: Camera, step: Float[Tensor, "B K"]) -> Camera:
    """Cameras after a step of pose refinement; differentiable in ``step``.

    A step is a rotation vector about the world's origin in camera axes (radians), a shift along the camera's x and y
    (world units), the logarithm of a factor of the distance and, in a seventh column, the logarithm of a factor of the
    focal length at constant size in the image. With the camera of a normalised mesh that turns, moves and scales the
    object about its own centre, which keeps the parameters independent.
    """
    shift = torch.cat([step[:, 3:5], torch.zeros_like(step[:, :1])], dim=1)
    log_depth = step[:, 5:6]
    focal = camera.focal
    if step.shape[1] == 7:
        log_depth = log_depth + step[:, 6:7]
        focal = focal * torch.exp(step[:, 6:7])
    return replace(
        camera,
        rotation=rotvec_to_rotmat(step[:, :3]) @ camera.rotation,
        translation=(camera.translation + shift) * torch.exp(log_depth),
        focal=focal,
    )


def cross_product_matrix(vector: Float[Tensor, "*B 3"]) -> Float[Tensor, "*B 3 3"]:
    """[v]x with [v]x @ w = v x w."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vector.shape[:-1], 3, 3)


def rotation_between(source: Float[Tensor, "B 3"], target: Float[Tensor, "B 3"]) -> Float[Tensor, "B 3 3"]:
    """The smallest rotations that turn unit vectors ``source`` into unit vectors ``target`` (not opposite ones)."""
    axis = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1)[:, None, None]
    skew = cross_product_matrix(axis)
    return torch.eye(3, dtype=source.dtype, device=source.device) + skew + skew @ skew / (1 + cosine)


def special_procrustes(matrix: Float[Tensor, "B 3 3"]) -> Float[Tensor, "B 3 3"]:
    """The rotations nearest to nearly orthonormal matrices (Frobenius norm; Kabsch)."""
    left, _, right = torch.linalg.svd(matrix)
    sign = torch.ones_like(matrix[:, 0])
    sign[:, 2] = torch.linalg.det(left @ right)
    return left * sign[:, None] @ right


def rotmat_geodesic_distance(first: Float[Tensor, "*B 3 3"], second: Float[Tensor, "*B 3 3"]) -> Float[Tensor, " *B"]:
    """Angle in radians between rotations; exact for small angles, where arccos of the trace is not."""
    chord = torch.linalg.matrix_norm(first - second)
    return 2 * torch.asin((chord / math.sqrt(8.0)).clamp(max=1.0))


def look_at_rotation(view_direction: Float[Tensor, "B 3"], up: Float[Tensor, "3"]) -> Float[Tensor, "B 3 3"]:
    """World-to-camera rotations of upright cameras that look along ``view_direction`` (unit, world axes).

    Where the view is parallel to ``up`` any horizontal axis serves as the image's x axis.
    """
    up = up.expand_as(view_direction)
    right = torch.linalg.cross(view_direction, up)
    length = right.norm(dim=-1, keepdim=True)
    fallback = torch.linalg.cross(view_direction, up.roll(1, dims=-1))
    right = torch.where(length > 1e-6, right, fallback)
    right = right / right.norm(dim=-1, keepdim=True)
    down = torch.linalg.cross(view_direction, right)
    return torch.stack([right, down, view_direction], dim=-2)


@dataclass(frozen=True)
class Orbit:
    """A camera that circles a point: angles in radians, ``look_at`` and ``radius`` in world units (see the module)."""

    yaw: float
    pitch: float
    radius: float
    look_at: tuple[float, float, float]
    roll: float


def orbit_of(camera: Camera, target: Float[Tensor, "3"]) -> Orbit:
    """Orbit parameters of one camera. The look-at point is the one on the optical axis nearest to ``target`` (world).

    ``look_at`` and the angles are in the +Z-up frame. ``roll`` turns the picture clockwise.
    """
    rotation, center = camera.rotation[0].double(), camera.center[0].double()
    forward = rotation[2]
    radius = torch.dot(target.to(forward) - center, forward)
    look_at = center + radius * forward
    z_up = forward.new_tensor(Z_UP_FROM_Y_UP)
    backward = -(z_up @ forward)
    yaw = math.atan2(backward[0].item(), backward[1].item())
    pitch = math.asin(max(-1.0, min(1.0, backward[2].item())))
    upright = _orbit_rotation(*rotation.new_tensor([[yaw], [pitch]]))[0]
    turn = rotation @ upright.T
    roll = math.atan2(turn[1, 0].item(), turn[0, 0].item())
    return Orbit(yaw, pitch, radius.item(), tuple((z_up @ look_at).tolist()), roll)


def world_to_camera_of(orbit: Orbit) -> Float[Tensor, "4 4"]:
    """The pose that ``orbit_of`` describes, double precision."""
    one = torch.tensor([[orbit.yaw, orbit.pitch, orbit.radius, *orbit.look_at, orbit.roll]], dtype=torch.float64)
    return orbit_poses(one[:, 0], one[:, 1], one[:, 2], one[:, 3:6], one[:, 6])[0]


def orbit_poses(
    yaw: Float[Tensor, " B"],
    pitch: Float[Tensor, " B"],
    radius: Float[Tensor, " B"],
    look_at: Float[Tensor, "B 3"],
    roll: Float[Tensor, " B"],
) -> Float[Tensor, "B 4 4"]:
    """``world_to_camera`` of orbit parameters (see ``Orbit``)."""
    cos, sin, zero, one = roll.cos(), roll.sin(), torch.zeros_like(roll), torch.ones_like(roll)
    turn = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], dim=-1).reshape(-1, 3, 3)
    rotation = turn @ _orbit_rotation(yaw, pitch)
    pose = torch.eye(4, dtype=yaw.dtype, device=yaw.device).repeat(len(yaw), 1, 1)
    pose[:, :3, :3] = rotation
    pose[:, :3, 3] = -(rotation @ (look_at @ yaw.new_tensor(Z_UP_FROM_Y_UP))[..., None])[..., 0]
    pose[:, 2, 3] += radius
    return pose


def _orbit_rotation(yaw: Float[Tensor, " B"], pitch: Float[Tensor, " B"]) -> Float[Tensor, "B 3 3"]:
    """World-to-camera rotations without roll; analytic, so that they hold at the poles too."""
    backward = torch.stack([yaw.sin() * pitch.cos(), yaw.cos() * pitch.cos(), pitch.sin()], dim=-1)
    right = torch.stack([-yaw.cos(), yaw.sin(), torch.zeros_like(yaw)], dim=-1)
    down = torch.linalg.cross(-backward, right)
    return torch.stack([right, down, -backward], dim=-2) @ yaw.new_tensor(Z_UP_FROM_Y_UP)
