"""Who may ask: what addresses, tokens and the headers of browsers say."""

from __future__ import annotations

import ipaddress
import secrets
from urllib.parse import urlsplit

SAFE_METHODS = ("GET", "HEAD")
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether an address to bind to can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local_host(host: str, port: int) -> bool:
    """Whether a Host header names this machine: a page elsewhere reaches it by a name of its own (DNS rebinding).

    Args:
        host: The header's value.
        port: Of the server.
    """
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname in LOCAL_NAMES and parts.port in (port, None)
    except ValueError:
        return False


def is_same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header is of a page of the host that a request went to."""
    return urlsplit(origin).netloc == host and bool(host)


def is_same_token(given: str, token: str) -> bool:
    """Compares them in a time that does not tell how much of them is alike."""
    return secrets.compare_digest(given.encode(), token.encode())
