"""What the OpenAPI document says of forms, which FastAPI does not read itself, and of answers."""

from __future__ import annotations

from typing import Any

from camera_estimation.serve.jobs import ENDED, RUNNING, WAITING
from camera_estimation.serve.web._estimate_form import RENDER_FORMS

TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
SETTINGS_FIELDS = {
    "model": {**TEXT, "description": "Generator of the mesh, such as TRELLIS: a preset of its conventions."},
    "preset": {
        "type": "array",
        "items": TEXT,
        "description": "Names of packaged presets, such as fast; later ones overlay earlier ones.",
    },
    "settings": {
        **TEXT,
        "description": "JSON object of settings, nested as in TOML; what it may have is that of the configuration.",
        "example": '{"camera": {"fov_deg": 45, "optimize_fov": "off"}}',
    },
}
ESTIMATE_FIELDS = {
    "picture": {**FILE, "description": "The picture."},
    "mesh": {**FILE, "description": "The mesh, as .glb, .ply, .stl, .off or .obj, with all that it shows in it."},
    "mesh_id": {**TEXT, "description": "Instead of the mesh: what POST /meshes returned, the SHA-256 of its file."},
    "mask": {**FILE, "description": "White where the object is. Default: the picture's alpha, or what is found."},
    "name": {**TEXT, "description": "Of the sample. Default: the picture's."},
    "intrinsics": {
        **TEXT,
        "description": "JSON object with fx, fy, cx and cy in pixels; width, height and distortion may be in it.",
        "example": '{"fx": 900, "fy": 900, "cx": 320, "cy": 240}',
    },
    "focal_length": {"type": "number", "description": "In pixels, instead of intrinsics; the center is the picture's."},
    "render": {
        "type": "string",
        "enum": list(RENDER_FORMS),
        "default": RENDER_FORMS[0],
        "description": "Whether the mesh is drawn at the pose, as PNG: to be fetched, or in the answer.",
    },
    **SETTINGS_FIELDS,
}
MESH_FIELDS = {"mesh": {**FILE, "description": "The mesh."}, **SETTINGS_FIELDS}
SENTENCES = {
    400: "The request is not what is taken.",
    401: "The token is missing.",
    404: "There is nothing of that id.",
    408: "Not all of it came in time.",
    413: "A file is too large, or has too much in it.",
    415: "It is no form, or a file is of another kind.",
    422: "A file or a setting cannot be used.",
    429: "The queue is full; Retry-After says when to try again.",
    503: "The server is stopping, or cannot estimate.",
    504: "It took too long.",
}
PROBLEM = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {**TEXT, "description": "What is wrong and what to do about it."},
        "job": {**TEXT, "description": "Where the job is that goes on all the same."},
    },
}
JOB = {
    "type": "object",
    "required": ["id", "kind", "state", "seconds", "before"],
    "properties": {
        "id": TEXT,
        "kind": {"type": "string", "enum": ["estimate", "prepare"]},
        "state": {"type": "string", "enum": [WAITING, RUNNING, *ENDED]},
        "before": {"type": "integer", "description": "Jobs before it."},
        "seconds": {"type": "object", "description": "That it has waited and run."},
        "stage": {**TEXT, "description": "Of its estimate, while it runs."},
        "loss": {"type": "number", "description": "At that stage."},
        "error": {**TEXT, "description": "Where it failed."},
        "status": {"type": "integer", "description": "Of HTTP, where it failed."},
        "pose": {"type": "object", "description": "As an entry of poses.json has it, where it is done."},
        "remarks": {"type": "array", "items": TEXT, "description": "Lines for people."},
        "render": {**TEXT, "description": "Where the render is, or its PNG in Base64."},
        "mesh_id": {**TEXT, "description": "Of a mesh that was prepared."},
    },
}
MESH = {
    "type": "object",
    "required": ["mesh_id", "name", "bytes"],
    "properties": {"mesh_id": TEXT, "name": TEXT, "bytes": {"type": "integer", "description": "Of its file."}},
}
MESH_ID = {"type": "object", "required": ["mesh_id"], "properties": {"mesh_id": TEXT}}
STATUS = {"type": "object", "required": ["status"], "properties": {"status": TEXT}}


def form_body(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that takes a form."""
    schema = {"type": "object", "required": required, "properties": fields}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def answers(
    status: int, text: str, *problems: int, schema: dict[str, Any] = JOB, media_type: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that asks for the token: of success, and of what may go wrong."""
    return open_answers(status, text, 401, *problems, schema=schema, media_type=media_type)


def open_answers(
    status: int, text: str, *problems: int, schema: dict[str, Any] = STATUS, media_type: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """As :func:`answers`, of a route that asks for no token."""
    told: dict[int | str, dict[str, Any]] = {status: _content(text, schema, media_type)}
    return told | {number: _content(SENTENCES[number], PROBLEM) for number in sorted(problems)}


def drop_default_answers(document: dict[str, Any]) -> None:
    """Takes out the 422 that FastAPI writes for every route with a parameter, in a form that no answer has.

    Args:
        document: The OpenAPI document, which is changed.
    """
    for methods in document["paths"].values():
        for operation in methods.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    document.pop("components", None)


def _content(text: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {media_type: {"schema": schema}}}
