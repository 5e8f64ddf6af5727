"""How every worker of samples starts, whoever has started it. Nothing heavy is imported here."""

from __future__ import annotations

from camera_estimation.io import choose_threads, hasten_imports, settle_process, tune_process


def prepare_worker(threads: int, *, follows_load: bool = False) -> None:
    """Settings of the process, before anything is loaded that reads them.

    Args:
        threads: On the processor.
        follows_load: Whether they may be fewer where other programs need the processors.
    """
    tune_process()
    hasten_imports()
    if follows_load:
        from camera_estimation.batch import watch_load

        watch_load()
    choose_threads(threads)


def load_modules(device: str) -> None:
    """What every piece needs, so that the first one takes no longer than the others.

    Args:
        device: As settings name it.
    """
    from importlib import import_module

    from camera_estimation.configuration import resolve_device

    resolve_device(device)
    import_module("camera_estimation.estimation.estimator")
    settle_process()
