"""Meshes and estimates are sent, waited for, asked for and canceled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Path as PathParameter, Query
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from camera_estimation.serve.problems import NOT_FOUND, RequestError
from camera_estimation.serve.web._documented import (
    ESTIMATE_FIELDS,
    FILE,
    MESH,
    MESH_FIELDS,
    MESH_ID,
    answers,
    form_body,
)
from camera_estimation.serve.web._estimate_form import receive_estimate, receive_mesh
from camera_estimation.serve.web._job_answers import answer_when_ended, job_values
from camera_estimation.serve.web.serve_state import RENDER_NAME, serve_state_of

work_routes = APIRouter()
Wait = Annotated[
    "float | None", Query(ge=0, description="Seconds that the request waits. Default, and at most: the server's limit.")
]
JobId = Annotated[str, PathParameter(description="As POST /jobs has answered.")]
MeshId = Annotated[str, PathParameter(description="The SHA-256 of the mesh's file, as POST /meshes has answered.")]
REFUSALS = (400, 408, 413, 415, 422, 429, 503)


@work_routes.post(
    "/estimates",
    summary="Estimate a pose, and wait for it",
    responses=answers(200, "The job with its pose.", 404, *REFUSALS, 504),
    openapi_extra=form_body(ESTIMATE_FIELDS, ["picture"]),
)
async def estimate(request: Request, wait: Wait = None) -> Response:
    """A request that goes away is canceled; of one that has waited long enough the job goes on."""
    job = await receive_estimate(request, serve_state_of(request))
    return await answer_when_ended(request, job, wait)


@work_routes.post(
    "/jobs",
    status_code=202,
    summary="Begin to estimate a pose",
    responses=answers(202, "The job, which waits.", 404, *REFUSALS),
    openapi_extra=form_body(ESTIMATE_FIELDS, ["picture"]),
)
async def begin(request: Request) -> Response:
    """The same form as for /estimates; GET /jobs/ID tells what became of it."""
    state = serve_state_of(request)
    job = await receive_estimate(request, state)
    return JSONResponse(job_values(state, job), 202, {"location": f"/jobs/{job.id}"})


@work_routes.get("/jobs/{id}", summary="Ask for a job", responses=answers(200, "The job.", 404))
async def show(request: Request, id: JobId) -> Response:
    """Jobs are kept in memory: for a while after they have ended, and not beyond the end of the server."""
    state = serve_state_of(request)
    return JSONResponse(job_values(state, state.queue.find(id)))


@work_routes.get(
    f"/jobs/{{id}}/{RENDER_NAME}",
    summary="Fetch the render of a job",
    response_class=FileResponse,
    responses=answers(200, "PNG.", 404, schema=FILE, media_type="image/png"),
)
async def show_render(request: Request, id: JobId) -> Response:
    """Of jobs that were sent with render=link."""
    job = serve_state_of(request).queue.find(id)
    path = job.task.get("render")
    if path is None or not Path(path).is_file():
        raise RequestError(NOT_FOUND, f"job {id[:40]} has no render; send it with render=link")
    return FileResponse(path, media_type="image/png")


@work_routes.delete("/jobs/{id}", summary="Cancel or forget a job", responses=answers(200, "The job.", 404))
async def cancel(request: Request, id: JobId) -> Response:
    """One that waits or runs is canceled, of one that has ended the result is forgotten."""
    state = serve_state_of(request)
    job = state.queue.find(id)
    state.queue.cancel(job)
    return JSONResponse(job_values(state, job))


@work_routes.post(
    "/meshes",
    status_code=201,
    summary="Send a mesh that several pictures are of",
    responses=answers(201, "The mesh is kept, prepared, under its mesh_id.", *REFUSALS, 504),
    openapi_extra=form_body(MESH_FIELDS, ["mesh"]),
)
async def keep_mesh(request: Request, wait: Wait = None) -> Response:
    """The last ones are kept on disk, and the very last prepared in memory, for the settings that were sent with it."""
    job = await receive_mesh(request, serve_state_of(request))
    return await answer_when_ended(request, job, wait, 201)


@work_routes.get(
    "/meshes/{id}", summary="Ask whether a mesh is still kept", responses=answers(200, "It is.", 404, schema=MESH)
)
async def show_mesh(request: Request, id: MeshId) -> Response:
    """By the SHA-256 of its file."""
    mesh = serve_state_of(request).shelf.find(id)
    return JSONResponse({"mesh_id": mesh.id, "name": mesh.path.name, "bytes": mesh.size})


@work_routes.delete(
    "/meshes/{id}", summary="Forget a mesh", responses=answers(200, "It is forgotten.", 404, schema=MESH_ID)
)
async def forget_mesh(request: Request, id: MeshId) -> Response:
    """One that a job waits with is kept until that has ended."""
    shelf = serve_state_of(request).shelf
    shelf.find(id)
    shelf.drop(id)
    return JSONResponse({"mesh_id": id})
