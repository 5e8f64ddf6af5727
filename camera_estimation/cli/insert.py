"""``camera-insert``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_insert

    start_insert()

from typing import Any

import click

from camera_estimation.cli.grouped_command import GroupedCommand, option_group
from camera_estimation.cli.options import (
    FOLDER_OR_FILE,
    LOCAL_PATH,
    OutputFolder,
    PluginName,
    choice_of,
    input_option,
    output_option,
    version_option,
)
from camera_estimation.configuration import Configuration
from camera_estimation.lighting import light_registry

place_option, light_option = option_group("Place"), option_group("Light")
HELP = """Put another mesh into the photographs of a run, under their light and with its shadow.

\b
  camera-insert out/ --object cup.glb
  camera-insert out/ --object cup.glb --on object --scale 0.1 --turn 30
  camera-insert out/ --object cup.glb --samples photo --at 420,310 --light directional
"""


class Numbers(click.ParamType):
    """So many finite numbers with commas between."""

    name = "numbers"

    def __init__(self, count: int) -> None:
        self.count = count

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != self.count or not all(abs(number) < float("inf") for number in numbers):
            self.fail(f"'{value}' is not {self.count} numbers with commas between", parameter, context)
        return numbers


@click.command(cls=GroupedCommand, help=HELP)
@click.argument("run", required=False, type=LOCAL_PATH)
@input_option("--object", "object_path", type=FOLDER_OR_FILE, metavar="FILE.glb", help="The mesh that is put in.")
@input_option("--samples", multiple=True, metavar="NAME", help="Only this one; can be repeated. Default: all.")
@input_option(
    "--object_up", default="+y", metavar="AXIS", help="The up axis of that file: +y, -z and so on. Default: +y."
)
@place_option(
    "--on",
    default="ground",
    **choice_of(("ground", "object")),
    help="Beside the known mesh, on the plane through its lowest points, or on its top. Default: ground.",
)
@place_option("--at", type=Numbers(2), metavar="U,V", help="On what this pixel shows, of the known mesh or the ground.")
@place_option("--point", type=Numbers(3), metavar="X,Y,Z", help="At this place, in the known mesh's coordinates.")
@place_option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    metavar="FACTOR",
    help="Units of the known mesh in one of the object's file. Default: half as large as the known mesh, or as fits.",
)
@place_option(
    "--turn",
    type=float,
    default=0.0,
    metavar="DEGREES",
    help="About the up axis, counter-clockwise from above; at 0 its front looks at the camera. Default: 0.",
)
@place_option(
    "--shift",
    type=Numbers(3),
    default="0,0,0",
    metavar="RIGHT,UP,AWAY",
    help="From that place, as seen in the picture, in lengths of the known mesh. Default: 0,0,0.",
)
@place_option(
    "--up",
    default="auto",
    metavar="AXIS",
    help="Up in the known mesh's coordinates: +y, -z and so on, or X,Y,Z. Default: auto, its own axis, or the side "
    "that it lies on.",
)
@place_option(
    "--placement_from",
    type=FOLDER_OR_FILE,
    metavar="FILE.json",
    help="An insertion.json: the object stands as it did there, whatever the flags above say.",
)
@light_option(
    "--light",
    type=PluginName(light_registry),
    metavar="|".join(light_registry.names_at_hand()),
    help=f"How light is estimated, see --list_lights. Default: {Configuration().light.method}.",
)
@light_option(
    "--light_from",
    metavar="NAME|FILE.json",
    help="Take the light of another sample, before which the known mesh stood alike, or of an insertion.json.",
)
@light_option("--no_shadows", is_flag=True, help="The object casts none on the photograph.")
@light_option(
    "--config",
    multiple=True,
    metavar="PRESET|FILE.toml",
    help="Settings, of which the tables [light] and [limits] count; can be repeated.",
)
@light_option("--list_lights", is_flag=True, help="Show the ways to estimate light, and their terms.")
@output_option(
    "--output_dir",
    type=OutputFolder(),
    metavar="FOLDER",
    help="Where files go, a folder a sample. Default: the folder export/insert of the run.",
)
@output_option(
    "--fps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="RATE",
    help="Of the videos of sequences. Default: as their frames were taken, else 25.",
)
@output_option("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or cuda:N. Default: auto.")
@output_option("--quiet", is_flag=True, help="Only errors.")
@version_option("camera-insert")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    if flags["list_lights"]:
        from camera_estimation.commands.insert import list_lights

        click.echo(list_lights())
        return
    if flags["run"] is None or flags["object_path"] is None:
        raise click.UsageError("give the output folder of a run and --object, see -h")
    if flags["at"] is not None and flags["point"] is not None:
        raise click.UsageError("--at and --point both say where the object stands: give one of them")
    context.exit(_insert(flags))


def _insert(flags: dict[str, Any]) -> int:
    from camera_estimation.commands.insert import InsertRequest, plan_insert, run_insert
    from camera_estimation.lighting.insertion import PlacementRequest

    placement = PlacementRequest(
        on=flags["on"],
        pixel=flags["at"],
        point=flags["point"],
        scale=flags["scale"],
        turn_deg=flags["turn"],
        shift=flags["shift"],
        up=flags["up"],
        object_up=flags["object_up"],
    )
    request = InsertRequest(
        run=flags["run"],
        object_path=flags["object_path"],
        placement=placement,
        samples=flags["samples"],
        light=flags["light"],
        light_from=flags["light_from"],
        shadows=False if flags["no_shadows"] else None,
        placement_from=flags["placement_from"],
        presets=flags["config"],
        output_dir=flags["output_dir"],
        frames_per_second=flags["fps"],
        device=flags["device"],
        quiet=flags["quiet"],
    )
    return run_insert(plan_insert(request))
