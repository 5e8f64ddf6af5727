"""Who may ask, and what happens to what is sent by those who may not; and every request is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from camera_estimation.serve.problems import FORBIDDEN, UNAUTHORIZED
from camera_estimation.serve.web._metrics import ServeMetrics
from camera_estimation.web import HEADERS, is_local_host, is_same_origin, is_same_token, refuse, with_headers

# What tells nothing that is not in the documentation, and what orchestrators ask without a token.
OPEN_PATHS = ("/", "/healthz", "/openapi.json", "/readyz")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALL_HEADERS = {"content-security-policy": POLICY, **HEADERS}
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
# Of a request that is refused so much is received all the same: many clients read no answer before they have sent all.
DRAINED_BYTES, DRAINED_SECONDS = 64_000_000, 10.0
PATIENCE = 0.5  # seconds that nothing comes, after which nothing more is waited for


class ServeGuard:
    """Lets requests through that bring the token or, without one, are of this machine's own programs.

    Args:
        app: What answers.
        token: That requests have to bring; "": none, on this machine only.
        port: Of the server.
        metrics: Where requests are counted.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, metrics: ServeMetrics) -> None:
        self.app, self.token, self.port, self.metrics = app, token, port, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        start, status = time.perf_counter(), 0
        body = _Body(scope, receive)

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                await body.drain()
            await send(message)

        guarded = with_headers(send_counted, ALL_HEADERS)
        try:
            refusal = self._refusal(scope)
            if refusal is None:
                await self.app(scope, body.receive, guarded)
            else:
                await refuse(guarded, *refusal, {"www-authenticate": "Bearer"} if refusal[0] == UNAUTHORIZED else {})
        except Exception:  # the application has logged it
            if not status:
                raise
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.count_request(method, route, status, time.perf_counter() - start)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not self.token and not is_local_host(host, self.port):
            return FORBIDDEN, f"this server is for this machine: ask http://localhost:{self.port}/"
        if not _comes_from_program(headers, host):
            return FORBIDDEN, "this request came from a page of another site, which may not ask for it"
        if self.token and scope["path"] not in OPEN_PATHS and not self._brings_token(headers):
            return UNAUTHORIZED, "send the server's token as the header 'Authorization: Bearer TOKEN'"
        return None

    def _brings_token(self, headers: Mapping[str, str]) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and is_same_token(given.strip(), self.token)


class _Body:
    """The body of a request, which is received to its end before the request is refused."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        names = dict(scope["headers"])
        self._expected = names.get(b"expect", b"").lower() == b"100-continue"
        self._complete = not ({b"content-length", b"transfer-encoding"} & names.keys())
        self._begun = False

    async def receive(self) -> Message:
        """As ASGI has it."""
        self._begun = True
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._complete = True
        return message

    async def drain(self) -> None:
        """What is still to come is received and left. A client that waits to be told whether to send anything is told
        by the answer."""
        if self._complete or (self._expected and not self._begun):
            return
        received, end = 0, time.perf_counter() + DRAINED_SECONDS
        with suppress(asyncio.TimeoutError):
            while not self._complete and received < DRAINED_BYTES and time.perf_counter() < end:
                received += len((await asyncio.wait_for(self.receive(), PATIENCE)).get("body", b""))


def _comes_from_program(headers: Mapping[str, str], host: str) -> bool:
    """Or from a page of this server's own. Browsers say where a request is from; other programs say nothing."""
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
        return False
    origin = headers.get("origin")
    return origin is None or is_same_origin(origin, host)
