"""The server's application: routes behind the guard, and what goes wrong as sentences."""

from __future__ import annotations

import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

import camera_estimation
from camera_estimation.errors import internal_error
from camera_estimation.serve.problems import CANCELED, INTERNAL, UNAVAILABLE, UNUSABLE, RequestError
from camera_estimation.serve.web._api_page import api_page
from camera_estimation.serve.web._documented import drop_default_answers
from camera_estimation.serve.web._health_routes import health_routes
from camera_estimation.serve.web._work_routes import work_routes
from camera_estimation.serve.web.guard import ServeGuard
from camera_estimation.serve.web.serve_state import ServeState

logger = logging.getLogger(__name__)

DESCRIPTION = "A mesh and a picture of it in, the camera that took the picture out."
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


class Service(FastAPI):
    """With an OpenAPI document that has only what the routes themselves say."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        drop_default_answers(document)
        return document


def create_service(state: ServeState, port: int) -> ASGIApp:
    """What answers requests.

    Args:
        state: What it is about; opened and closed with the application.
        port: Of the server.
    """

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        await state.open()
        yield
        await state.close()

    app = Service(
        title="camera-serve",
        description=DESCRIPTION,
        version=camera_estimation.__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=live,
        exception_handlers={
            RequestError: tell_problem,
            RequestValidationError: tell_validation,
            ClientDisconnect: tell_nobody,
            HTTPException: tell_missing,
            OSError: tell_disk,
            Exception: tell_error,
        },
    )
    app.state.serve = state
    app.include_router(work_routes)
    app.include_router(health_routes)

    @app.get("/", include_in_schema=False)
    async def show_page(request: Request) -> Response:
        return HTMLResponse(api_page(app.openapi(), request.url.netloc))

    return ServeGuard(app, state.options.token, port, state.metrics)


async def tell_problem(request: Request, error: Exception) -> Response:
    """A sentence with its own status."""
    assert isinstance(error, RequestError)
    return JSONResponse(error.values(), error.status, error.headers())


async def tell_validation(request: Request, error: Exception) -> Response:
    """The first parameter that is wrong."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"error": f"parameter '{where}': {first['msg']}"}, UNUSABLE)


async def tell_missing(request: Request, error: Exception) -> Response:
    """Another path, or another method of it."""
    assert isinstance(error, HTTPException)
    sentence = f"there is no {request.method} {request.url.path[:80]}; / shows what there is"
    return JSONResponse({"error": sentence}, error.status_code, error.headers)


async def tell_nobody(request: Request, error: Exception) -> Response:
    """The client has gone before it had sent all."""
    return Response(status_code=CANCELED)


async def tell_disk(request: Request, error: Exception) -> Response:
    """The server's folder is full, or not to be written."""
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return JSONResponse({"error": "the server's disk is full; send it again later"}, UNAVAILABLE)
    return await tell_error(request, error)


async def tell_error(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the log has the traceback, the client a line."""
    logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": internal_error(error)}, INTERNAL)
