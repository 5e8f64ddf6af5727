"""The rotations and shifts that leave an object as it is, and the poses that they make indistinguishable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, cross_product_matrix, rotmat_geodesic_distance, rotvec_to_rotmat

# Equivalent poses about a continuous axis, the one nearest to the estimate among them.
TURNS = 180
# Transforms whose rotations differ by less are one and the same; symmetries found in scans are not exact.
SAME_ROTATION = math.radians(3.0)
# The largest group of a solid without a continuous axis that occurs in practice is a prism's or an icosahedron's.
LARGEST_GROUP = 128


@dataclass(frozen=True)
class Axis:
    """A line in world coordinates that an object can be turned about.

    Attributes:
        direction: Of length 1.
        point: Any on the line.
    """

    direction: Float[Tensor, "3"]
    point: Float[Tensor, "3"]

    def turn(self, angle_deg: float) -> Float[Tensor, "4 4"]:
        """The rigid transform that turns by an angle in degrees, counterclockwise seen against the direction."""
        return self.turns(torch.tensor([math.radians(angle_deg)], dtype=torch.float64))[0]

    def turns(self, angles: Float[Tensor, " N"]) -> Float[Tensor, "N 4 4"]:
        """Rotations by angles in radians."""
        transforms = torch.eye(4, dtype=torch.float64).repeat(len(angles), 1, 1)
        transforms[:, :3, :3] = rotvec_to_rotmat(angles[:, None] * self.direction)
        transforms[:, :3, 3] = self.point - transforms[:, :3, :3] @ self.point
        return transforms


@dataclass(frozen=True)
class Symmetries:
    """The transforms X -> S X that map an object onto itself, in world coordinates.

    Attributes:
        transforms: A group of rigid transforms, the identity first.
        axes: Lines about which any turn is a symmetry.
    """

    transforms: Float[Tensor, "K 4 4"]
    axes: tuple[Axis, ...] = ()

    @property
    def is_trivial(self) -> bool:
        return len(self.transforms) == 1 and not self.axes

    @property
    def is_round(self) -> bool:
        """Whether any rotation at all is a symmetry: turns about two axes make up all others."""
        first, *others = self.axes or (None,)
        return first is not None and any(
            torch.linalg.cross(first.direction, other.direction).norm() > SAME_ROTATION for other in others
        )

    def equivalents(self, true: Camera, estimated: Camera) -> Camera:
        """All true poses of an object whose true pose is ``true``.

        Of a continuum of them these are ``TURNS`` evenly spaced ones, starting with the one whose rotation is nearest
        to that of ``estimated``: the rotation error is exact, the others are to a degree.

        Args:
            true: A batch of one.
            estimated: A batch of one.

        Returns:
            A batch with the intrinsics of ``true``.
        """
        poses = self._equivalent_poses(true.world_to_camera[0], estimated.rotation[0])
        count = len(poses)
        return replace(
            true,
            rotation=poses[:, :3, :3],
            translation=poses[:, :3, 3],
            focal=true.focal.expand(count, 2),
            principal_point=true.principal_point.expand(count, 2),
        )

    def includes(self, rotation: Float[Tensor, "3 3"]) -> bool:
        """Whether a rotation is that of one of the symmetries, up to ``SAME_ROTATION``."""
        rotations = self._equivalent_poses(torch.eye(4, dtype=torch.float64), rotation)[:, :3, :3]
        return bool(rotmat_geodesic_distance(rotations, rotation).min() <= SAME_ROTATION)

    def _equivalent_poses(self, true: Float[Tensor, "4 4"], estimated: Float[Tensor, "3 3"]) -> Float[Tensor, "S 4 4"]:
        poses = true @ self.transforms
        if self.is_round:
            return torch.cat([poses, _with_rotation(estimated, true, self.axes[0].point)[None]])
        return torch.cat([poses, *(_turn_toward(pose, axis, estimated) for axis in self.axes for pose in poses)])


def _turn_toward(pose: Float[Tensor, "4 4"], axis: Axis, estimated: Float[Tensor, "3 3"]) -> Float[Tensor, "N 4 4"]:
    """The pose turned about an axis of the object, first by the angle that brings it nearest to a rotation."""
    # The angle between is least where trace(M C) is greatest, with C = I + sin(angle) K + (1 - cos(angle)) K^2.
    skew = cross_product_matrix(axis.direction)
    between = estimated.T @ pose[:3, :3]
    sine, cosine = (between @ skew).trace(), -(between @ skew @ skew).trace()
    steps = torch.arange(TURNS, dtype=torch.float64) * (2 * math.pi / TURNS)
    return pose @ axis.turns(torch.atan2(sine, cosine) + steps)


def _with_rotation(
    rotation: Float[Tensor, "3 3"], pose: Float[Tensor, "4 4"], center: Float[Tensor, "3"]
) -> Float[Tensor, "4 4"]:
    """The pose with another rotation, ``center`` staying where it is in camera coordinates."""
    turned = pose.clone()
    turned[:3, :3] = rotation
    turned[:3, 3] = pose[:3, :3] @ center + pose[:3, 3] - rotation @ center
    return turned


NONE = Symmetries(torch.eye(4, dtype=torch.float64)[None])


def group_of(generators: Sequence[Float[Tensor, "4 4"]]) -> Float[Tensor, "K 4 4"]:
    """The identity and all products of ``generators``. Raises ValueError if they are too many to be a solid's."""
    members = torch.eye(4, dtype=torch.float64)[None]
    latest = members
    while len(latest):
        members_before = len(members)
        for generator in generators:
            for product in latest @ generator:
                if rotmat_geodesic_distance(members[:, :3, :3], product[:3, :3]).min() > SAME_ROTATION:
                    members = torch.cat([members, product[None]])
                    if len(members) > LARGEST_GROUP:
                        raise ValueError(f"their products are more than {LARGEST_GROUP} different rotations")
        latest = members[members_before:]
    return members
