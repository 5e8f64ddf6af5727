"""Objects that are put into photographs: their meshes, where they stand, and what was made."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from camera_estimation.errors import InputError
from camera_estimation.studio.jobs import propose_place
from camera_estimation.studio.shelf import ShownInsertion, Subject, parse_placement, picture_bytes
from camera_estimation.studio.web._requests import (
    PNG,
    SIZE_HEADER,
    answer_mesh,
    do_apart,
    read_values,
    session_of,
    state_of,
    subject_of,
)


async def show_upload(request: Request) -> Response:
    """The mesh of a file that was dropped."""
    return await answer_mesh(request, session_of(request).uploads.find(request.path_params["upload"], "mesh"))


async def tell_place(request: Request) -> Response:
    """Where an object stands."""
    subject, values = subject_of(request), await read_values(request)
    path, wish = session_of(request).object_path(values.get("object")), parse_placement(values.get("placement"))
    return JSONResponse(await do_apart(propose_place, state_of(request).place, subject, path, wish))


async def show_insertion(request: Request) -> Response:
    """What was made last of a sample; null where nothing was."""
    found = subject_of(request).insertion
    return JSONResponse({"insertion": None if found is None else found.values})


async def show_inserted(request: Request) -> Response:
    made = _insertion_of(subject_of(request))
    content, (width, height) = await do_apart(picture_bytes, made.picture)
    return Response(content, media_type=PNG, headers={SIZE_HEADER: f"{width} {height}"})


async def take_insertion(request: Request) -> Response:
    """The picture, or insertion.json, as a file."""
    subject, what = subject_of(request), request.path_params["what"]
    made = _insertion_of(subject)
    path = {"picture": made.picture, "placement": made.record}.get(what)
    if path is None:
        raise InputError(f"there is no file '{what}'; reload the page")
    name = f"{subject.sample.name.replace('/', '_')}_{path.name}"
    return Response(
        path.read_bytes(),
        media_type=PNG if what == "picture" else "application/json",
        headers={"content-disposition": f'attachment; filename="{name.encode("ascii", "replace").decode()}"'},
    )


def _insertion_of(subject: Subject) -> ShownInsertion:
    """Raises InputError if nothing was put in."""
    made = subject.insertion
    if made is None or not made.picture.is_file() or not made.record.is_file():
        raise InputError(f"{subject.sample.name}: nothing was put in yet; choose an object first")
    return made


ROUTES = [
    Route("/api/uploads/{upload:int}/mesh", show_upload),
    Route("/api/samples/{number:int}/placement", tell_place, methods=["POST"]),
    Route("/api/samples/{number:int}/insertion", show_insertion),
    Route("/api/samples/{number:int}/insertion/picture", show_inserted),
    Route("/api/samples/{number:int}/insertion/files/{what}", take_insertion),
]
