"""Where a server listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    import socket

PORTS_TRIED = 20  # from the first on


@dataclass(frozen=True)
class ServerAddress:
    """Where a server listens. ``port`` None: the first that is free from ``first_port`` on."""

    host: str = "127.0.0.1"
    port: int | None = None
    first_port: int = 8020


def bind(address: ServerAddress) -> socket.socket:
    """A socket that listens. Raises InputError if the port is taken or the host is none of this machine's."""
    import socket

    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    first = address.first_port if address.port is None else address.port
    tried = range(first, first + (PORTS_TRIED if address.port is None else 1))
    for port in tried:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, port))
        except OSError as error:
            listener.close()
            reason = error.strerror or str(error)
            continue
        listener.listen()
        return listener
    raise InputError(f"--host {address.host} --port {tried[-1]}: cannot be listened at ({reason}); choose others")


def link_of(host: str, port: int) -> str:
    """The address of what listens there, as people type it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
