"""What a page is told of an object in a photograph: where it stands, and its light."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from camera_estimation.studio.shelf import flag_number

if TYPE_CHECKING:
    from camera_estimation.commands.insert import InsertedSample
    from camera_estimation.geometry import Camera
    from camera_estimation.lighting.insertion import Placement
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.studio.shelf import PlacementWish

BALL_SIDE = 96  # pixels


def place_values(
    placement: Placement, source: str, inserted: TexturedMesh, known: TexturedMesh, wish: PlacementWish
) -> dict[str, Any]:
    """All that the page draws and moves an object by.

    Args:
        placement: Where it stands.
        source: Of its up direction.
        inserted: The object as its file has it.
        known: The mesh in the photograph.
        wish: What was asked for.
    """
    from camera_estimation.commands.insert import UP_REMARKS
    from camera_estimation.lighting.insertion import axes_of, extent, foot_point, parse_axis

    own_axes = axes_of(parse_axis(wish.object_up))
    up = placement.ground.up.tolist()
    return {
        "on": placement.on,
        "point": placement.base.tolist(),
        "scale": placement.scale,
        "front": placement.axes[:, 2].tolist(),
        "up": up,
        "up_word": ",".join(map(flag_number, up)),
        "up_remark": UP_REMARKS.get(source, "").partition("; --")[0],
        "object_up": wish.object_up,
        "ground_height": placement.ground.height,
        "own_axes": own_axes.tolist(),
        "foot": foot_point(inserted, own_axes).tolist(),
        "length": extent(inserted),
        "known_length": extent(known),
    }


def values_of_inserted(made: InsertedSample, camera: Camera, wish: PlacementWish) -> dict[str, Any]:
    """Of the light of a picture that was made, and of where the object stands in it.

    Args:
        made: The picture with its light.
        camera: Of the photograph.
        wish: Where the object stands.
    """
    from PIL import Image

    from camera_estimation.lighting import draw_light_ball, shading_polynomial

    direction = made.light.dominant_direction
    ball = io.BytesIO()
    Image.fromarray(draw_light_ball(made.light, camera, BALL_SIDE)).save(ball, "PNG")
    return {
        "method": made.light.method,
        "explained": made.told["explained"],
        "light_from": made.told["light_from"],
        "direction": None if direction is None else direction.tolist(),
        "shading": shading_polynomial(made.light).tolist(),
        "ball": f"data:image/png;base64,{base64.b64encode(ball.getvalue()).decode('ascii')}",
        "placement": {"on": made.placement.on, "point": wish.point, "scale": wish.scale, "turn_deg": wish.turn_deg},
    }
