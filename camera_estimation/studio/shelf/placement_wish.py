"""Where an object is to stand, as the page says it and as ``camera-insert`` is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.lighting.insertion import PlacementRequest
    from camera_estimation.mesh import TexturedMesh

DIGITS = 7  # of numbers in the command, which are those that the page's picture is made with
FARTHEST = 200.0  # radii of the known mesh from its center
LEAST_SIZE, MOST_SIZE = 1e-3, 100.0  # of the known mesh's
AxisName = Literal["+x", "-x", "+y", "-y", "+z", "-z"]


class PlacementWish(msgspec.Struct, frozen=True):
    """As ``PlacementRequest``; without a point and a scale both are looked for.

    Args:
        up: "auto", an axis or three numbers with commas between, of the known mesh's coordinates.
    """

    on: Literal["ground", "object"] = "ground"
    point: tuple[float, float, float] | None = None
    scale: float | None = None
    turn_deg: float = 0.0
    up: str = "auto"
    object_up: AxisName = "+y"

    def request(self, own_axis: str) -> PlacementRequest:
        """For a known mesh whose own up axis that is."""
        from camera_estimation.lighting.insertion import PlacementRequest

        return PlacementRequest(
            on=self.on,
            point=self.point,
            scale=self.scale,
            turn_deg=self.turn_deg,
            up=self.up,
            own_axis=own_axis,
            object_up=self.object_up,
        )

    def flags(self) -> list[str]:
        """Of ``camera-insert``."""
        words = ["--on", self.on]
        if self.point is not None:
            words.append(f"--point={','.join(map(flag_number, self.point))}")
        if self.scale is not None:
            words += ["--scale", flag_number(self.scale)]
        words.append(f"--turn={flag_number(self.turn_deg)}")
        words.append(f"--up={self.up}")
        return [*words, f"--object_up={self.object_up}"]


def parse_placement(tree: Any) -> PlacementWish:
    """What a request says, with as many digits as the command has.

    Raises:
        InputError: It says no such thing.
    """
    try:
        wish = msgspec.convert({} if tree is None else tree, PlacementWish)
    except msgspec.ValidationError as error:
        raise InputError(f"place of the object: {error}; choose the object again") from error
    numbers = (*(wish.point or ()), wish.turn_deg, 1.0 if wish.scale is None else wish.scale)
    if not all(math.isfinite(value) for value in numbers) or (wish.scale is not None and wish.scale <= 0):
        raise InputError("place of the object: its numbers are out of range; choose the object again")
    return round_wish(wish)


def round_wish(wish: PlacementWish) -> PlacementWish:
    """With as many digits as the command has."""
    point = None if wish.point is None else tuple(map(_round_digits, wish.point))
    scale = None if wish.scale is None else _round_digits(wish.scale)
    return msgspec.structs.replace(wish, point=point, scale=scale, turn_deg=_round_digits(wish.turn_deg))


def check_wish(wish: PlacementWish, known: TexturedMesh, inserted: TexturedMesh) -> None:
    """Raises InputError for a place or a size that is none of the scene."""
    from camera_estimation.lighting.insertion import extent, parse_axis

    if wish.up != "auto":
        parse_axis(wish.up)
    if wish.point is not None and math.dist(wish.point, known.center.tolist()) > FARTHEST * known.radius:
        raise InputError("the object would stand far outside of the scene; move it back, or place it again")
    if wish.scale is not None:
        size = wish.scale * extent(inserted) / max(extent(known), 1e-12)
        if not LEAST_SIZE <= size <= MOST_SIZE:
            raise InputError(f"the object would be {size:.3g} times as large as the mesh; change its size")


def flag_number(value: float) -> str:
    """As the command has it."""
    return f"{value:.{DIGITS}g}"


def _round_digits(value: float) -> float:
    return float(flag_number(value))
