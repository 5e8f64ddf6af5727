"""What is told of a file's own frame: poses are in it as it is, nothing is turned or scaled."""

from __future__ import annotations

METER, UP = 1.0, "Y"


def frame_remarks(up: str | None, meters: float | None) -> list[str]:
    """A line for a frame that is not glTF's (+Y up, meters), for those who use the pose elsewhere.

    Args:
        up: The axis that points up: "X", "Y" or "Z"; None: the file does not say.
        meters: Its unit, in meters; None likewise.
    """
    said = [] if up in (None, UP) else [f"its up axis is {up}"]
    if meters is not None and abs(meters - METER) > 1e-9:
        said.append(f"its unit is {meters:.6g} m")
    return [f"{' and '.join(said)}: the pose is in the file's own frame and unit"] if said else []
