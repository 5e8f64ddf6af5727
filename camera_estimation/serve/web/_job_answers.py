"""What clients are told of their jobs, at once or when these have ended."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from camera_estimation.serve.jobs import DONE, ENDED, ServeJob
from camera_estimation.serve.problems import CANCELED, RETRY_SECONDS, TOO_SLOW, UNAVAILABLE, RequestError
from camera_estimation.serve.web.serve_state import ServeState, serve_state_of


def job_values(state: ServeState, job: ServeJob) -> dict[str, object]:
    """What a client is told of a job."""
    job.seen = job.state in ENDED
    return {**job.values(), "before": state.queue.position(job)}


async def answer_when_ended(request: Request, job: ServeJob, wait: float | None, status: int = 200) -> Response:
    """The answer to a request that waits for its job. The job of a client that goes away is canceled.

    Args:
        request: Of the client.
        job: Was submitted.
        wait: Seconds that it waits; None: as long as it may.
        status: Of HTTP, where the job is done.

    Raises:
        RequestError: The job has failed, or goes on.
    """
    state = serve_state_of(request)
    most = state.options.limits.wait_seconds
    seconds = most if wait is None else min(wait, most)
    gone, ended = asyncio.ensure_future(_disconnect(request)), asyncio.ensure_future(job.ended.wait())
    await asyncio.wait({gone, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    left = gone.done()
    gone.cancel()
    ended.cancel()
    if job.state == DONE:
        return JSONResponse(job_values(state, job), status)
    if job.state in ENDED:
        job.seen = True
        raise RequestError(job.status, job.error, RETRY_SECONDS if job.status == UNAVAILABLE else None)
    if left:
        state.queue.cancel(job)
        return Response(status_code=CANCELED)  # nobody reads it
    raise RequestError(
        TOO_SLOW, f"it is still {job.state} after {seconds:g} s, and goes on: ask for /jobs/{job.id}", job=job.id
    )


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
