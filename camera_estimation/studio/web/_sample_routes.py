"""Samples: what is there, what is dropped, what is marked."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.studio.jobs import follow_pins, save_pins
from camera_estimation.studio.settings import parse_choice
from camera_estimation.studio.shelf import (
    command_values,
    mask_png,
    picture_bytes,
    write_painted_mask,
)
from camera_estimation.studio.web._requests import (
    PNG,
    SIZE_HEADER,
    answer_mesh,
    do_apart,
    read_body,
    read_values,
    session_of,
    state_of,
    subject_of,
)
from camera_estimation.studio.web._sample_values import full_values
from camera_estimation.web import MOST_PICTURE_BYTES


async def receive_file(request: Request) -> Response:
    """A dropped file; its name is in the query."""
    name = request.query_params.get("name", "")
    if not name:
        raise InputError("the file has no name; drop it again")
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdigit() else None
    uploads = session_of(request).uploads
    upload = await uploads.receive(name, request.stream(), announced)
    await do_apart(uploads.check, upload)
    return JSONResponse({"upload": upload.number, "kind": upload.kind, "name": upload.path.name})


async def add_sample(request: Request) -> Response:
    values = await read_values(request)
    subject = session_of(request).add_upload(values.get("mesh"), values.get("picture"))
    return JSONResponse(full_values(subject, session_of(request)))


async def show_sample(request: Request) -> Response:
    return JSONResponse(full_values(subject_of(request), session_of(request)))


async def show_picture(request: Request) -> Response:
    path = subject_of(request).sample.image_path
    content, (width, height) = await do_apart(picture_bytes, path)
    return Response(content, media_type=PNG, headers={SIZE_HEADER: f"{width} {height}"})


async def show_mesh(request: Request) -> Response:
    return await answer_mesh(request, subject_of(request).sample.mesh_path)


async def show_mask(request: Request) -> Response:
    """The mask that an estimate would take: the painted one, or what was given or is found by the settings."""
    subject, session = subject_of(request), session_of(request)

    def load() -> bytes:
        image = session.load(subject, Configuration()).source
        if image.mask_source == "none":
            raise InputError(f"{subject.sample.name}: has no mask; paint one, or let one be proposed")
        return mask_png(image.mask[0].numpy())

    return Response(await do_apart(load), media_type=PNG)


async def show_proposal(request: Request) -> Response:
    path = subject_of(request).folder / "proposal.png"
    if not path.is_file():
        raise InputError("no mask was proposed; let one be proposed first")
    return Response(path.read_bytes(), media_type=PNG)


async def keep_mask(request: Request) -> Response:
    subject = subject_of(request)
    body = await read_body(request, MOST_PICTURE_BYTES)
    paths = (subject.sample.image_path, subject.mask_path, subject.flat_picture_path)
    await do_apart(write_painted_mask, body, *paths)
    return JSONResponse({"painted": True})


async def forget_mask(request: Request) -> Response:
    subject = subject_of(request)
    for path in (subject.mask_path, subject.flat_picture_path):
        path.unlink(missing_ok=True)
    return JSONResponse({"painted": False})


async def keep_box(request: Request) -> Response:
    subject = subject_of(request)
    subject.box = _box_of_values((await read_values(request)).get("box"))
    return JSONResponse({"box": subject.box})


async def keep_pins(request: Request) -> Response:
    subject = subject_of(request)
    save_pins(subject, (await read_values(request)).get("pins"))
    return JSONResponse({"saved": str(subject.keypoints_path) if subject.keypoints_path.is_file() else ""})


async def move_by_pins(request: Request) -> Response:
    values = await read_values(request)
    mesh = state_of(request).place.estimators.mesh(subject_of(request).sample.mesh_path)
    free = values.get("free_focal") is True
    return JSONResponse(await do_apart(follow_pins, mesh, values.get("pins"), values.get("camera"), free))


async def tell_command(request: Request) -> Response:
    """The command line that gives the same, and the settings as TOML; files that it names are written."""
    subject = subject_of(request)
    choice = parse_choice((await read_values(request)).get("settings"))
    return JSONResponse(await do_apart(command_values, subject, session_of(request), choice))


def _box_of_values(box: Any) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    numbers = isinstance(box, list) and all(isinstance(side, int | float) for side in box)
    if not numbers or len(box) != 4 or box[0] >= box[2] or box[1] >= box[3]:
        raise InputError("the box is not left, top, right, bottom in pixels; draw it again")
    left, top, right, bottom = (float(side) for side in box)
    return left, top, right, bottom


ROUTES = [
    Route("/api/uploads", receive_file, methods=["PUT"]),
    Route("/api/samples", add_sample, methods=["POST"]),
    Route("/api/samples/{number:int}", show_sample),
    Route("/api/samples/{number:int}/picture", show_picture),
    Route("/api/samples/{number:int}/mesh", show_mesh),
    Route("/api/samples/{number:int}/mask", show_mask),
    Route("/api/samples/{number:int}/mask", keep_mask, methods=["PUT"]),
    Route("/api/samples/{number:int}/mask", forget_mask, methods=["DELETE"]),
    Route("/api/samples/{number:int}/proposal", show_proposal),
    Route("/api/samples/{number:int}/box", keep_box, methods=["PUT"]),
    Route("/api/samples/{number:int}/pins", keep_pins, methods=["PUT"]),
    Route("/api/samples/{number:int}/pose", move_by_pins, methods=["POST"]),
    Route("/api/samples/{number:int}/command", tell_command, methods=["POST"]),
]
