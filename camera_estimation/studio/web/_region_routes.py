"""Regions of pictures: what was found, and what weights make of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from camera_estimation.studio.jobs import evidence_levels, region_levels, region_rows
from camera_estimation.studio.shelf import mask_png
from camera_estimation.studio.web._requests import PNG, do_apart, read_values, subject_of


async def show_regions(request: Request) -> Response:
    return JSONResponse({"regions": await do_apart(region_rows, subject_of(request))})


async def show_region(request: Request) -> Response:
    levels = await do_apart(region_levels, subject_of(request), request.path_params["name"])
    return Response(mask_png(levels), media_type=PNG)


async def show_evidence(request: Request) -> Response:
    weights = (await read_values(request)).get("weights")
    levels = await do_apart(evidence_levels, subject_of(request), weights)
    return Response(mask_png(levels), media_type=PNG)


ROUTES = [
    Route("/api/samples/{number:int}/regions", show_regions),
    Route("/api/samples/{number:int}/regions/{name}", show_region),
    Route("/api/samples/{number:int}/evidence", show_evidence, methods=["POST"]),
]
