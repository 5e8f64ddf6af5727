"""Who may ask: nobody but the page itself, from this machine or with the token."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from camera_estimation.web import (
    HEADERS,
    SAFE_METHODS,
    is_local_host,
    is_same_origin,
    is_same_token,
    refuse,
    with_headers,
)

TOKEN_NAME = "token"  # of the query and, with the port, of the cookie
OWN_HEADER = "x-camera-studio"  # which programs without an Origin send; a form of another page cannot
# The page uses nothing but its own files; pictures that it makes itself are blobs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ALL_HEADERS = {"content-security-policy": POLICY, **HEADERS}


class Guard:
    """Lets requests of the page through, and refuses all others with a sentence.

    A page of another site can send requests to this machine, and by a name that it resolves to it (DNS rebinding) even
    read the answers. Against the first the Origin of whatever changes something must be that of the page; against the
    second the Host must be a name of this machine where no token is asked for.

    Args:
        app: What answers.
        token: What the address has to bring once, and a cookie then; None: nothing, on this machine only.
        port: Of the server.
    """

    def __init__(self, app: ASGIApp, token: str | None, port: int) -> None:
        self.app, self.token, self.port = app, token, port
        self.cookie = f"camera_studio_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host, method = headers.get("host", ""), scope["method"]
        asked = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN_NAME, [""])[0]
        if self.token is None and not is_local_host(host, self.port):
            await _refuse(send, 403, f"this page is for this machine: open it as http://localhost:{self.port}/")
        elif self.token is not None and asked and self._is_token(asked) and method in SAFE_METHODS:
            await self._welcome(scope, send)
        elif self.token is not None and not self._is_token(self._cookie_of(headers)):
            await _refuse(send, 401, "open the page by the whole address that camera-studio printed, with its token")
        elif not _comes_from_page(headers, host, method):
            await _refuse(send, 403, "this request came from another page, which may not ask for it")
        else:
            await self.app(scope, receive, with_headers(send, ALL_HEADERS))

    def _is_token(self, text: str) -> bool:
        return is_same_token(text, self.token or "")

    def _cookie_of(self, headers: Mapping[str, str]) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return ""
        return "" if found is None else found.value

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Keep the token in a cookie, so that it stands in no address that is copied or kept."""
        cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode("ascii"))]
        await with_headers(send, ALL_HEADERS)({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _comes_from_page(headers: Mapping[str, str], host: str, method: str) -> bool:
    """Whether a request is the page's own, or at least changes nothing and is not of another site's page."""
    if method in SAFE_METHODS:
        navigates = headers.get("sec-fetch-mode") == "navigate"
        return navigates or headers.get("sec-fetch-site") not in ("cross-site", "same-site")
    origin = headers.get("origin")
    if origin is None:
        return OWN_HEADER in headers
    return is_same_origin(origin, host)


async def _refuse(send: Send, status: int, sentence: str) -> None:
    await refuse(send, status, sentence, ALL_HEADERS)
