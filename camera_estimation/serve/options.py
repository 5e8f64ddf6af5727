"""What the server is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from camera_estimation.configuration import Configuration
from camera_estimation.web import MOST_MESH_BYTES, MOST_PICTURE_BYTES, MOST_PIXELS, ServerAddress

FIRST_PORT = 8030


@dataclass(frozen=True)
class ServeLimits:
    """How much is taken, and how long anything lasts.

    Attributes:
        mesh_bytes: Of a mesh file.
        picture_bytes: Of a picture, and of a mask.
        pixels: Of a picture.
        faces: Of a mesh.
        waiting: Requests that wait for the one that is estimated; more are refused.
        estimate_seconds: The longest that an estimate runs.
        wait_seconds: The longest that a request waits for its answer.
        pause_seconds: The longest that nothing comes of a request.
        upload_seconds: The longest that all of a request takes to come.
        prepared: Meshes that are kept prepared in memory.
        shelf_bytes: Of meshes that are kept on disk.
        jobs_kept: Finished jobs whose results are kept.
        keep_seconds: How long they are.
    """

    mesh_bytes: int = MOST_MESH_BYTES
    picture_bytes: int = MOST_PICTURE_BYTES
    pixels: int = MOST_PIXELS
    faces: int = 5_000_000
    waiting: int = 16
    estimate_seconds: float = 300.0
    wait_seconds: float = 600.0
    pause_seconds: float = 30.0
    upload_seconds: float = 900.0
    prepared: int = 4
    shelf_bytes: int = 4_000_000_000
    jobs_kept: int = 500
    keep_seconds: float = 3600.0


@dataclass(frozen=True)
class ServeOptions:
    """What the server is started with.

    Attributes:
        config: The settings of estimates, which requests change.
        address: Where it listens.
        token: That requests have to bring; "": none, which is possible on this machine only.
        folder: Its own; None: one by its port in the cache folder.
        limits: How much is taken.
        warms_up: Whether the packaged example is estimated first, so that kernels are compiled.
    """

    config: Configuration = field(default_factory=Configuration)
    address: ServerAddress = field(default_factory=lambda: ServerAddress(first_port=FIRST_PORT))
    token: str = ""
    folder: Path | None = None
    limits: ServeLimits = field(default_factory=ServeLimits)
    warms_up: bool = True
