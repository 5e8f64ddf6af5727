"""A form as the task of the worker: checked as far as that takes no time."""

from __future__ import annotations

import math
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from camera_estimation.dataset import is_safe_name
from camera_estimation.errors import InputError
from camera_estimation.serve.jobs import ServeJob
from camera_estimation.serve.problems import BAD_REQUEST, TOO_LARGE, UNUSABLE, WRONG_TYPE, RequestError
from camera_estimation.serve.web._multipart import FormReceiver, ReceivedFile, ReceivedForm, check_length
from camera_estimation.serve.web._request_settings import request_configuration
from camera_estimation.serve.web.serve_state import RENDER_NAME, ServeState
from camera_estimation.web import MESH_SUFFIXES, TooLargeError, check_mesh, check_picture

MESH, PICTURE, MASK = "mesh", "picture", "mask"
TEXTS = ("mesh_id", "name", "model", "preset", "settings", "intrinsics", "focal_length", "render")
SETTING_TEXTS = ("model", "preset", "settings")
RENDER_FORMS = ("none", "link", "base64")
LONGEST_NAME = 80  # characters
TaskMaker = Callable[[ReceivedForm, Path, ServeState], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class _Mesh:
    id: str
    path: Path
    name: str


async def receive_estimate(request: Request, state: ServeState) -> ServeJob:
    """The job of a request for an estimate, submitted. Raises RequestError."""
    limits = state.options.limits
    files = {MESH: limits.mesh_bytes, PICTURE: limits.picture_bytes, MASK: limits.picture_bytes}
    return await _receive(request, state, files, TEXTS, _estimate_task)


async def receive_mesh(request: Request, state: ServeState) -> ServeJob:
    """The job of a request that prepares a mesh, submitted. Raises RequestError."""
    return await _receive(request, state, {MESH: state.options.limits.mesh_bytes}, SETTING_TEXTS, _mesh_task)


async def _receive(
    request: Request, state: ServeState, files: dict[str, int], texts: tuple[str, ...], make_task: TaskMaker
) -> ServeJob:
    """A place in the queue is held before anything is received, so that no more is received than can wait."""
    limits = state.options.limits
    check_length(request, sum(files.values()))
    state.queue.hold_place()
    folder = None
    try:
        folder = state.workspace.request_folder()
        form = await FormReceiver(folder, files, texts).receive(request, limits.pause_seconds, limits.upload_seconds)
        job = state.job(await _make_task(form, folder, state, make_task), folder)
    except BaseException:
        state.queue.free_place()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    state.queue.submit(job)
    return job


async def _make_task(form: ReceivedForm, folder: Path, state: ServeState, make_task: TaskMaker) -> dict[str, Any]:
    try:
        model, settings = _field_text(form, "model"), _field_text(form, "settings")
        config = request_configuration(state.options.config, model, form.texts.get("preset", []), settings)
        common = {"config": config.to_dict(), "names": {}, "mask": None, "render": None}
        return {**common, **await make_task(form, folder, state)}
    except TooLargeError as error:
        raise RequestError(TOO_LARGE, str(error)) from error
    except InputError as error:
        raise RequestError(UNUSABLE, str(error)) from error


async def _mesh_task(form: ReceivedForm, folder: Path, state: ServeState) -> dict[str, Any]:
    mesh = await _put_mesh(_require_file(form, MESH), state)
    return {"kind": "prepare", "mesh": str(mesh.path), "mesh_id": mesh.id, "names": {"mesh": mesh.name}}


async def _estimate_task(form: ReceivedForm, folder: Path, state: ServeState) -> dict[str, Any]:
    picture, mask = _require_file(form, PICTURE), form.files.get(MASK)
    render, focal = _field_text(form, "render") or "none", _focal_length(_field_text(form, "focal_length"))
    if render not in RENDER_FORMS:
        raise RequestError(BAD_REQUEST, f"render '{render[:40]}' is not known; choose {', '.join(RENDER_FORMS)}")
    name = _field_text(form, "name")[:LONGEST_NAME] or Path(picture.name).stem
    if not is_safe_name(name):  # of the sample, which programs make files of
        raise RequestError(UNUSABLE, "name: leads to another folder or has control characters; send a plain one")
    intrinsics = _field_text(form, "intrinsics")
    if intrinsics and focal is not None:
        raise RequestError(BAD_REQUEST, "send intrinsics or focal_length, not both")
    for file in (picture, mask):
        if file is not None:
            await run_in_threadpool(check_picture, file.path, file.name, state.options.limits.pixels)
    intrinsics_path = _write_intrinsics(intrinsics, folder) if intrinsics else None
    mesh = await _mesh_of(form, state)  # last, for it is in use from here on
    names = {"mesh": mesh.name, "picture": picture.name, "mask": mask.name if mask else None}
    return {
        "kind": "estimate",
        "mesh": str(mesh.path),
        "mesh_id": mesh.id,
        "picture": str(picture.path),
        "mask": str(mask.path) if mask else None,
        "intrinsics": str(intrinsics_path) if intrinsics_path else None,
        "focal_length": focal,
        "render": None if render == "none" else str(folder / RENDER_NAME),
        "render_form": render,
        "names": {**names, "sample": name},
    }


async def _mesh_of(form: ReceivedForm, state: ServeState) -> _Mesh:
    sent, number = form.files.get(MESH), _field_text(form, "mesh_id")
    if (sent is None) == (not number):
        raise RequestError(BAD_REQUEST, "send a file as 'mesh', or as 'mesh_id' the id that POST /meshes returned")
    if sent is not None:
        return await _put_mesh(sent, state)
    shelved = state.shelf.use(number)
    return _Mesh(number, shelved.path, shelved.path.name)


async def _put_mesh(file: ReceivedFile, state: ServeState) -> _Mesh:
    suffix = file.path.suffix.lower()
    if suffix not in MESH_SUFFIXES:
        raise RequestError(
            WRONG_TYPE, f"{file.name}: is no mesh that can be sent; send one of {', '.join(MESH_SUFFIXES)}"
        )
    async with state.checking:  # one at a time, for what they take of memory
        await run_in_threadpool(check_mesh, file.path, file.name)
    return _Mesh(file.sha256, state.shelf.put(file.path, file.sha256).path, file.name)


def _write_intrinsics(text: str, folder: Path) -> Path:
    """The file that the worker reads them from."""
    path = folder / "intrinsics" / "intrinsics.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def _require_file(form: ReceivedForm, name: str) -> ReceivedFile:
    if name not in form.files:
        raise RequestError(BAD_REQUEST, f"the form has no file '{name}'")
    return form.files[name]


def _field_text(form: ReceivedForm, name: str) -> str:
    texts = form.texts.get(name, [""])
    if len(texts) > 1:
        raise RequestError(BAD_REQUEST, f"'{name}' is there twice; send one")
    return texts[0].strip()


def _focal_length(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value < math.inf):
        raise RequestError(UNUSABLE, f"focal_length '{text[:40]}' is no positive number of pixels")
    return value
