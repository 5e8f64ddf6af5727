"""Work: begin it, stop it, listen to it, and take its files away."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import camera_estimation
from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.studio.settings import form_values, plugin_tables
from camera_estimation.studio.web._job_orders import read_order
from camera_estimation.studio.web._requests import do_apart, read_values, session_of, state_of
from camera_estimation.studio.web._sample_values import brief_values


async def show_studio(request: Request) -> Response:
    """All that a page needs to begin with."""
    state, session = state_of(request), session_of(request)
    return JSONResponse(
        {
            "version": camera_estimation.__version__,
            "folder": str(session.options.output_dir.resolve()),
            "samples": [brief_values(subject) for subject in session.subjects.values()],
            "sequences": session.sequences(),
            "remarks": session.remarks,
            "job": None if state.jobs.current is None else state.jobs.current.values(),
        }
    )


async def show_form(request: Request) -> Response:
    def gather() -> dict[str, Any]:
        return {"groups": form_values(Configuration()), **plugin_tables()}

    return JSONResponse(await do_apart(gather))


async def begin_job(request: Request) -> Response:
    state, values = state_of(request), await read_values(request)
    order, title, work = read_order(state, values)
    return JSONResponse(state.jobs.start(values["kind"], title, work, order.subject.number).values())


async def stop_job(request: Request) -> Response:
    state_of(request).jobs.stop()
    return JSONResponse({"stopping": True})


async def listen(request: Request) -> Response:
    return StreamingResponse(state_of(request).hub.listen(), media_type="text/event-stream")


async def take_away(request: Request) -> Response:
    path = state_of(request).downloads.get(request.path_params["number"])
    if path is None or not path.is_file():
        raise InputError("that file is no longer here; export it again")
    return FileResponse(path, filename=path.name)


ROUTES = [
    Route("/api/studio", show_studio),
    Route("/api/form", show_form),
    Route("/api/jobs", begin_job, methods=["POST"]),
    Route("/api/jobs/stop", stop_job, methods=["POST"]),
    Route("/api/events", listen),
    Route("/api/downloads/{number:int}", take_away),
]
