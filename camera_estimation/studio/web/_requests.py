"""Requests as values, and answers: errors are sentences, never tracebacks."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from camera_estimation.errors import InputError, internal_error
from camera_estimation.studio.jobs import BusyError
from camera_estimation.studio.shelf import MOST_FACES, StudioSession, Subject, mesh_packet
from camera_estimation.studio.web.studio_state import StudioState
from camera_estimation.web import TooLargeError

logger = logging.getLogger(__name__)

MOST_JSON = 2_000_000  # bytes
FEWEST_FACES, LONGEST_NUMBER = 100, 10
PNG, BINARY = "image/png", "application/octet-stream"
SIZE_HEADER = "x-picture-size"  # width and height of the picture, of which a smaller copy may be sent
Answer = Callable[[Request], Awaitable[Response]]


def state_of(request: Request) -> StudioState:
    return request.app.state.studio


def session_of(request: Request) -> StudioSession:
    return state_of(request).session


def subject_of(request: Request) -> Subject:
    """The sample whose number the address has. Raises InputError."""
    return session_of(request).subject(request.path_params["number"])


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises TooLargeError where it is longer than ``limit`` bytes, before all of it is here."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > limit:
            raise TooLargeError(f"that is more than the {limit / 1e6:g} MB that the page takes")
    return bytes(content)


async def read_values(request: Request) -> dict[str, Any]:
    """The body as a table of JSON. Raises InputError."""
    body = await read_body(request, MOST_JSON)
    try:
        tree = json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("the request is not JSON; reload the page") from error
    if not isinstance(tree, dict):
        raise InputError("the request is no table; reload the page")
    return tree


async def do_apart(function: Callable[..., Any], *args: Any) -> Any:
    """In a thread, for other requests are to be answered meanwhile."""
    return await run_in_threadpool(function, *args)


async def answer_mesh(request: Request, path: Path) -> Response:
    """A mesh as the page draws it, of as many faces as the query says. Raises InputError."""
    meshes = state_of(request).place.estimators
    asked = request.query_params.get("faces", "")
    faces = min(int(asked), MOST_FACES) if asked.isdecimal() and len(asked) < LONGEST_NUMBER else MOST_FACES
    packet = await do_apart(lambda: mesh_packet(meshes.mesh(path), max(faces, FEWEST_FACES)))
    return Response(packet, media_type=BINARY)


async def tell_error(request: Request, error: Exception) -> Response:
    """A sentence with the status that fits."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": f"there is nothing at {request.url.path}"}, error.status_code)
    if isinstance(error, BusyError):
        return JSONResponse({"error": str(error)}, 409)
    if isinstance(error, TooLargeError):
        return JSONResponse({"error": str(error)}, 413)
    if isinstance(error, InputError):
        return JSONResponse({"error": str(error)}, 400)
    logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": internal_error(error)}, 500)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
