"""A worker as it sees itself: does one piece after the other, until there are no more or the run has ended."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from camera_estimation.batch import ignore_signals
from camera_estimation.commands.estimate.executors._process_messages import (
    PieceDone,
    PieceTrouble,
    WorkerReady,
    WorkerRemark,
    WorkerSettings,
)
from camera_estimation.commands.estimate.executors._worker_start import load_modules, prepare_worker
from camera_estimation.io import leave_at_once, offer_memory_first, tell_of_compilation

if TYPE_CHECKING:
    from camera_estimation.commands.estimate.work import EstimateWork

OUT, ERR = 1, 2  # descriptors of what is printed
SET_PARENT_DEATH_SIGNAL = 1  # of Linux' prctl(2)


def serve_pieces(connection: Connection, settings: WorkerSettings) -> None:
    """The whole life of a worker process.

    Args:
        connection: Pieces come from there, and go back finished.
        settings: Of the worker.
    """
    ignore_signals()  # the run tells when to end
    _end_with_parent()
    offer_memory_first()
    os.dup2(ERR, OUT)  # lines on stdout are the run's
    prepare_worker(settings.threads, follows_load=settings.follows_load)
    code = 0
    try:
        _do_pieces(connection, settings)
    except (EOFError, OSError):  # the run has ended
        pass
    except BaseException:
        traceback.print_exc()
        code = 1
    leave_at_once(code)


def _do_pieces(connection: Connection, settings: WorkerSettings) -> None:
    import psutil

    from camera_estimation.commands.estimate.work import do_work
    from camera_estimation.errors import internal_error

    load_modules(settings.device)
    process = psutil.Process()
    tell_of_compilation(lambda line: connection.send(WorkerRemark(line)))  # the thread that sends samples waits then
    connection.send(WorkerReady())
    while True:
        work: EstimateWork = connection.recv()
        try:
            for worked in do_work(work.on_device(settings.device)):
                connection.send(worked)
        except (EOFError, OSError):
            raise
        except Exception as error:
            connection.send(PieceTrouble(internal_error(error)))
        connection.send(PieceDone(process.memory_info().rss))


def _end_with_parent() -> None:
    """However that ends: a worker that is at a sample has nobody to give it to."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent.pid:  # it was faster
            os._exit(1)
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
