"""The connection to a Ray cluster, or to one of this machine that lasts as long as the run. Imports Ray."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from camera_estimation.configuration import ExecutionConfig
from camera_estimation.errors import LONGEST, InputError, short_reason
from camera_estimation.io import usable_processors

ADDRESS_VARIABLE = "RAY_ADDRESS"  # that Ray sets for jobs which are submitted to a cluster
CLIENT_SCHEME = "ray://"
LOCAL = "local"
LATEST_SESSION = "session_latest"  # a link of Ray's
CONNECT_SECONDS = 5.0
MISSING = 'Ray is not installed: pip install "camera-estimation[ray]"'
HANDLED = (signal.SIGINT, signal.SIGTERM)
# What Ray is to keep to itself, unless the user says otherwise.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_METRICS_EXPORT_INTERVAL_MS": "0",
    "RAY_DEDUP_LOGS": "0",
}
# Of a Ray that the run starts: by itself Ray gives workers a low priority, and beside another busy program they get
# next to nothing.
OWN_RAY = {"RAY_worker_niceness": "0"}


@contextmanager
def connect_ray(execution: ExecutionConfig) -> Iterator[ModuleType]:
    """Ray, connected.

    Args:
        execution: Names the cluster; none: one of this machine alone is started, and ended afterwards.

    Raises:
        InputError: Ray is not installed, or the cluster cannot be reached or has another version.
    """
    address = execution.ray_address or os.environ.get(ADDRESS_VARIABLE) or LOCAL
    if address.startswith(CLIENT_SCHEME):
        raise InputError(
            f"--ray_address {address}: Ray's client is not supported; start the run on a machine of the cluster "
            "(ray job submit), with its address HOST:6379, or auto"
        )
    ray = _import_ray()
    _check_reachable(address)
    handlers = {number: signal.getsignal(number) for number in HANDLED}
    try:
        context = _connect(ray, address, execution.workers)
    finally:
        _restore(handlers)
    try:
        yield ray
    finally:
        ray.shutdown()
        _restore(handlers)
        if address == LOCAL:
            _remove_session(Path(context.address_info["session_dir"]))


def count_places(ray: ModuleType, gpus_per_worker: float) -> int:
    """Workers that the cluster has room for, as it is now."""
    resources = ray.cluster_resources()
    places = int(resources.get("CPU", 0))
    if gpus_per_worker:
        gpus = resources.get("GPU", 0)
        per_gpu = gpus / gpus_per_worker if gpus_per_worker >= 1 else gpus * int(1 / gpus_per_worker)
        places = min(places, int(per_gpu))
    return places


def _import_ray() -> ModuleType:
    for variable, value in QUIET.items():
        os.environ.setdefault(variable, value)
    try:
        import ray
    except ImportError as error:
        raise InputError(f"--executor ray: {MISSING} ({error})") from error
    return ray


def _check_reachable(address: str) -> None:
    """Ray itself takes a minute to find out, and tells it in many lines."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> InputError:
    lines = str(error).strip().splitlines()
    reason = lines[0][:200].rstrip(".") if lines else type(error).__name__
    if address == LOCAL:
        return InputError(f"--executor ray: Ray cannot be started on this machine ({reason}); --workers needs no Ray")
    return InputError(
        f"--ray_address {address}: no Ray cluster can be reached there ({reason}); check that it runs (ray status)"
    )


def _connect(ray: ModuleType, address: str, workers: int) -> Any:
    """What Ray says of the connection."""
    options: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    if address == LOCAL:
        processors = max(1, int(usable_processors()), workers)
        options.update(include_dashboard=False, num_cpus=processors)
        for variable, value in OWN_RAY.items():
            os.environ.setdefault(variable, value)
    try:
        context = ray.init(address=address, **options)
    except (ConnectionError, OSError, ValueError) as error:
        raise _unreachable(address, error) from error
    except RuntimeError as error:
        reason = short_reason(error, LONGEST)
        if "ersion mismatch" in str(error):
            raise InputError(
                f"--ray_address {address}: the cluster has another version of Ray or Python than this machine (Ray "
                f"{ray.__version__}, Python {platform.python_version()}): {reason}"
            ) from error
        raise InputError(f"--ray_address {address}: Ray cannot be used: {reason}") from error
    _silence(ray)
    return context


def _remove_session(folder: Path) -> None:
    """The logs and sockets of a Ray that has ended, which by itself keeps those of every run."""
    shutil.rmtree(folder, ignore_errors=True)
    latest = folder.parent / LATEST_SESSION
    with suppress(OSError):
        if latest.is_symlink() and not latest.exists():
            latest.unlink()


def _silence(ray: ModuleType) -> None:
    """Ray prints to stdout that workers have died, which the run tells itself; it has no setting for that."""
    worker: Any = getattr(getattr(ray, "_private", None), "worker", None)
    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = lambda *_, **__: None


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    """Ray takes SIGTERM for itself, which is the run's."""
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)
