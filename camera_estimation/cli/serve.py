"""``camera-serve``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_serve

    start_serve()

import os
from pathlib import Path
from typing import Any

import click

from camera_estimation.cli.grouped_command import INTERRUPTED, GroupedCommand, option_group
from camera_estimation.cli.options import threads_option, version_option
from camera_estimation.cli.settings import build_configuration
from camera_estimation.configuration import check_device_name, preset_names
from camera_estimation.errors import InputError
from camera_estimation.serve import FIRST_PORT, ServeLimits, ServeOptions

server_option, limit_option, estimate_option = (
    option_group("Server"),
    option_group("Limits"),
    option_group("Estimates"),
)
MEGABYTE, MILLION = 1_000_000, 1_000_000
TOKEN_VARIABLE = "CAMERA_SERVE_TOKEN"
SHORTEST_TOKEN = 16  # characters
DEFAULTS = ServeLimits()
HELP = f"""Serve estimates to other programs over HTTP: a mesh and a picture in, the pose out.

It needs the extra serve. On this machine anybody may ask; elsewhere requests bring a token, that of --token_file or
{TOKEN_VARIABLE}, or one that is made and printed. The first page of the server tells what can be asked.

\b
  camera-serve
  camera-serve --host 0.0.0.0 --token_file token.txt --config fast
  curl -F mesh=@chair.glb -F picture=@photo.jpg http://localhost:{FIRST_PORT}/estimates
"""


def count_option(name: str, text: str, default: float, unit: str, least: float = 1) -> Any:
    """A limit, as a number of some unit."""
    kind = click.IntRange(min=int(least)) if isinstance(default, int) else click.FloatRange(min=least)
    return limit_option(name, type=kind, default=default, metavar=unit, help=f"{text} Default: {default:.15g}.")


@click.command(cls=GroupedCommand, help=HELP)
@server_option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Where to listen. Default: for this machine only; elsewhere requests bring a token.",
)
@server_option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help=f"Default: the first that is free from {FIRST_PORT} on.",
)
@server_option(
    "--token_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help=f"The token that requests bring, on its first line. Default: that of the variable {TOKEN_VARIABLE}.",
)
@server_option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Its own, for uploads and meshes. Default: one by its port in the cache folder.",
)
@server_option("--no_warm_up", is_flag=True, help="Be ready before kernels are compiled by an estimate of the example.")
@estimate_option(
    "--config",
    multiple=True,
    metavar="PRESET|FILE.toml",
    help=f"Settings, which requests can change: {', '.join(preset_names())} or a file; can be repeated.",
)
@estimate_option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N. Default: auto.")
@threads_option(estimate_option)
@count_option("--queue", "Requests that wait for the one that is estimated; more are refused.", DEFAULTS.waiting, "N")
@count_option(
    "--estimate_seconds", "The longest that an estimate runs.", DEFAULTS.estimate_seconds, "SECONDS", least=0.1
)
@count_option("--wait_seconds", "The longest that a request waits.", DEFAULTS.wait_seconds, "SECONDS", least=0.1)
@count_option("--mesh_mb", "Size of a mesh file.", DEFAULTS.mesh_bytes // MEGABYTE, "MB")
@count_option("--picture_mb", "Size of a picture, and of a mask.", DEFAULTS.picture_bytes // MEGABYTE, "MB")
@count_option("--megapixels", "Size of a picture.", DEFAULTS.pixels / MILLION, "MILLIONS", least=0.01)
@count_option("--faces", "Of a mesh.", DEFAULTS.faces, "N")
@count_option("--meshes", "That are kept prepared in memory.", DEFAULTS.prepared, "N")
@count_option("--meshes_mb", "Of meshes that are kept on disk.", DEFAULTS.shelf_bytes // MEGABYTE, "MB")
@count_option("--keep", "Finished jobs whose results are kept.", DEFAULTS.jobs_kept, "N")
@version_option("camera-serve")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    context.exit(0 if _run_server(flags) else INTERRUPTED)


def _run_server(flags: dict[str, Any]) -> bool:
    from camera_estimation.serve import missing_for_serving, serve_estimates
    from camera_estimation.web import ServerAddress

    lacking = missing_for_serving()
    if lacking:
        raise InputError(lacking)
    if flags["device"] is not None:
        check_device_name(flags["device"])
    options = ServeOptions(
        config=build_configuration(None, flags["config"], {"device": flags["device"]}),
        address=ServerAddress(flags["host"], flags["port"], FIRST_PORT),
        token=_read_token(flags["token_file"]),
        folder=flags["folder"],
        limits=_limits(flags),
        warms_up=not flags["no_warm_up"],
    )
    return serve_estimates(options, tell=lambda line: click.echo(line, err=True))


def _limits(flags: dict[str, Any]) -> ServeLimits:
    return ServeLimits(
        mesh_bytes=flags["mesh_mb"] * MEGABYTE,
        picture_bytes=flags["picture_mb"] * MEGABYTE,
        pixels=round(flags["megapixels"] * MILLION),
        faces=flags["faces"],
        waiting=flags["queue"],
        estimate_seconds=flags["estimate_seconds"],
        wait_seconds=flags["wait_seconds"],
        prepared=flags["meshes"],
        shelf_bytes=flags["meshes_mb"] * MEGABYTE,
        jobs_kept=flags["keep"],
    )


def _read_token(file: Path | None) -> str:
    """Not a flag, which every user of the machine can see. Raises InputError for one that can be guessed."""
    where = TOKEN_VARIABLE if file is None else str(file)
    try:
        text = os.environ.get(TOKEN_VARIABLE, "") if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as a token ({error}); write one line of text") from error
    token = (text.splitlines() or [""])[0].strip()
    if not token and file is None:
        return ""
    if len(token) < SHORTEST_TOKEN or not token.isascii():
        raise InputError(f"{where}: is no token; give at least {SHORTEST_TOKEN} letters and digits on its first line")
    return token
