"""The page about the interface: made here of the OpenAPI document, so that a browser needs no scripts of others."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

TEMPLATE = files("camera_estimation.serve") / "pages" / "api.html"


def api_page(document: dict[str, Any], address: str) -> str:
    """HTML without scripts.

    Args:
        document: What /openapi.json has.
        address: HOST:PORT, as the browser knows the server.
    """
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(info=document["info"], address=address, operations=list(_operations(document)))


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": operation.get("parameters", []),
            "form": _form(operation),
            "answers": operation.get("responses", {}),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _form(operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data", {})
    schema = content.get("schema", {})
    required = schema.get("required", [])
    return [
        {**field, "name": name, "required": name in required} for name, field in schema.get("properties", {}).items()
    ]
