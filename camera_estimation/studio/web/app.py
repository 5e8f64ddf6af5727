"""The server's application: routes behind the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from camera_estimation.errors import InputError
from camera_estimation.studio.web._insertion_routes import ROUTES as INSERTION_ROUTES
from camera_estimation.studio.web._job_routes import ROUTES as JOB_ROUTES
from camera_estimation.studio.web._page_routes import ROUTES as PAGE_ROUTES
from camera_estimation.studio.web._region_routes import ROUTES as REGION_ROUTES
from camera_estimation.studio.web._requests import tell_error
from camera_estimation.studio.web._sample_routes import ROUTES as SAMPLE_ROUTES
from camera_estimation.studio.web.guard import Guard
from camera_estimation.studio.web.studio_state import StudioState


def create_app(state: StudioState, token: str | None, port: int) -> ASGIApp:
    """What answers a page.

    Args:
        state: What it is about.
        token: That the address has to bring; None: none, and only this machine is answered.
        port: Of the server.
    """
    handlers: dict[Any, Callable[..., Any]] = dict.fromkeys((InputError, HTTPException, Exception), tell_error)
    routes = [*PAGE_ROUTES, *SAMPLE_ROUTES, *REGION_ROUTES, *INSERTION_ROUTES, *JOB_ROUTES]
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.state.studio = state
    return Guard(app, token, port)
