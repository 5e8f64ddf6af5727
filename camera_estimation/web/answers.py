"""Answers of the application's own level: the headers that all have, and refusals in a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Sends the same answers with headers that they do not have yet."""

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [(name.encode(), value.encode()) for name, value in headers.items() if name.encode() not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return send_more


async def refuse(send: Send, status: int, sentence: str, headers: Mapping[str, str]) -> None:
    """Answer ``{"error": sentence}`` with a status and headers."""
    body = json.dumps({"error": sentence}).encode("utf-8")
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await with_headers(send, headers)({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
