"""Whether the server lives, whether it can estimate, and numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from camera_estimation.serve.problems import UNAVAILABLE, RequestError
from camera_estimation.serve.web._documented import TEXT, answers, open_answers
from camera_estimation.serve.web.serve_state import serve_state_of

health_routes = APIRouter()
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@health_routes.get("/healthz", summary="Whether the server lives", responses=open_answers(200, "It does."))
async def show_health() -> Response:
    """Answered without a token."""
    return JSONResponse({"status": "ok"})


@health_routes.get("/readyz", summary="Whether it can estimate", responses=open_answers(200, "It can.", 503))
async def show_readiness(request: Request) -> Response:
    """Answered without a token: 200, or 503 with a sentence while it starts or stops."""
    state = serve_state_of(request)
    if state.problem:
        raise RequestError(UNAVAILABLE, state.problem)
    if state.queue.stopping:
        raise RequestError(UNAVAILABLE, "the server is stopping")
    if not state.worker.ready:
        raise RequestError(UNAVAILABLE, "the process that estimates is starting", 5)
    return JSONResponse({"status": "ready"})


@health_routes.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=PlainTextResponse,
    responses=answers(200, "The numbers.", schema=TEXT, media_type="text/plain"),
)
async def show_metrics(request: Request) -> Response:
    """Requests, their times, the queue, jobs by how they ended, and memory."""
    return Response(serve_state_of(request).metrics.text(), media_type=METRICS_TYPE)
