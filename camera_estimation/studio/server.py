"""The studio as a server on this machine."""

from __future__ import annotations

import secrets
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.web import ServerAddress, bind, is_loopback, link_of

if TYPE_CHECKING:
    from camera_estimation.studio.shelf import StudioOptions

INSTALL = 'pip install "camera-estimation[studio]"'
LIBRARIES = ("starlette", "uvicorn", "tomli_w")
PATIENCE = 3  # seconds for pages that listen, and for a job to stop, when the server ends


def missing_for_studio() -> str | None:
    """One line about what is not installed, with the command for it; None if nothing is missing."""
    lacking = [name for name in LIBRARIES if find_spec(name) is None]
    return f"camera-studio needs {', '.join(lacking)}: {INSTALL}" if lacking else None


def serve_studio(
    options: StudioOptions, address: ServerAddress, tell: Callable[[str], None], opens_browser: bool = True
) -> None:
    """Serve the page until it is interrupted.

    Args:
        options: What it is about.
        address: Where it listens; elsewhere than on this machine its address has a token.
        tell: Is given the lines for people: the address first.
        opens_browser: Whether the page is opened.

    Raises:
        InputError: Something that is given cannot be used, or the port is taken.
    """
    lacking = missing_for_studio()
    if lacking:
        raise InputError(lacking)
    import uvicorn

    from camera_estimation.studio.shelf import open_session
    from camera_estimation.studio.web import StudioState, create_app

    session = open_session(options)
    listener = bind(address)
    port = listener.getsockname()[1]
    token = None if is_loopback(address.host) else secrets.token_urlsafe(24)
    state = StudioState(session)
    config = uvicorn.Config(
        create_app(state, token, port), log_level="warning", timeout_graceful_shutdown=PATIENCE, ws="none"
    )
    link = link_of(address.host, port) + (f"?token={token}" if token else "")
    for line in session.remarks:
        tell(line)
    tell(f"camera-studio at {link} (results in {options.output_dir}; Ctrl-C ends it)")
    if opens_browser:
        threading.Timer(1.0, lambda: webbrowser.open(link)).start()
    threading.Thread(target=_load_ahead, daemon=True).start()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run([listener])
    state.jobs.stop()
    state.jobs.wait(PATIENCE)


def _load_ahead() -> None:
    """What the first estimate would wait for."""
    import camera_estimation.estimation.estimator
    import camera_estimation.tracking.tracker  # noqa: F401
