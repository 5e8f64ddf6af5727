"""The page itself: files of the package by their names, and nothing else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGES = files("camera_estimation.studio") / "pages"
THREE = files("camera_estimation.export.report") / "assets" / "three.min.js"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def page_names() -> frozenset[str]:
    """Of all files of the page."""
    return frozenset(item.name for item in PAGES.iterdir() if Path(item.name).suffix in TYPES)


async def show_page(request: Request) -> Response:
    return _answer("index.html")


async def show_file(request: Request) -> Response:
    return _answer(request.path_params["name"])


def _answer(name: str) -> Response:
    if name == THREE.name:
        content = THREE.read_bytes()
    elif name in page_names():
        content = (PAGES / name).read_bytes()
    else:
        raise HTTPException(404)
    return Response(content, media_type=f"{TYPES[Path(name).suffix]}; charset=utf-8")


ROUTES = [Route("/", show_page), Route("/static/{name}", show_file)]
