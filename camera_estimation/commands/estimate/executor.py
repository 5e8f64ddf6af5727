"""What an executor is: pieces of work in, finished samples out. Nothing heavy is imported here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.configuration import ExecutionConfig
from camera_estimation.plugins import Registry

if TYPE_CHECKING:
    from camera_estimation.commands.estimate.plan import EstimatePlan
    from camera_estimation.commands.estimate.work import WorkedSample
    from camera_estimation.commands.estimate.work_queue import WorkQueue

LOCAL_EXECUTOR = "processes"


class Executor(ABC):
    """Has the samples of a run estimated by workers, of which each does one piece of work at a time.

    A subclass registers itself in a module of ``executors/``::

        @executor_registry.register("mine")
        class MyExecutor(Executor): ...

    Args:
        plan: Of the run; ``plan.config.execution`` is what is asked of executors.
        tell: Takes lines for the user, such as how many workers there are.
    """

    name: ClassVar[str]

    def __init__(self, plan: EstimatePlan, tell: Callable[[str], None]) -> None:
        self.plan, self.tell = plan, tell

    @abstractmethod
    def perform(self, queue: WorkQueue, is_asked: Callable[[], bool]) -> Generator[WorkedSample]:
        """Do the work of a queue, and give samples on as they end, whoever of the workers is first.

        A generator. Each sample is kept, or told of, before it is asked for the next one. It is closed where the run is
        to end at once: then, as at its end, no worker may go on, nor be left over (a ``finally`` sees to both).

        A piece is taken from the queue when a worker is free for it. Each sample that comes back is noted with
        ``queue.note``. A worker that dies, or takes longer than ``plan.config.execution.timeout`` seconds for a sample,
        is replaced, and its piece given to ``queue.lose``, whose samples are given on too.

        Args:
            queue: What is to be done. It may have pieces again after it was empty, while some are still done.
            is_asked: Whether the run is to end after the samples that workers are at: no piece is taken any more. To be
                asked a few times a second.

        Raises:
            InputError: No worker can be had.
        """

    @staticmethod
    def missing() -> str | None:
        """One line that says what is not installed that it needs, and the remedy; None where it can be used."""
        return None


executor_registry: Registry[type[Executor]] = Registry(
    "executor",
    group="camera_estimation.executors",
    home="camera_estimation.commands.estimate.executors",
    order=(LOCAL_EXECUTOR,),
    base=Executor,
)


def executor_name(execution: ExecutionConfig) -> str | None:
    """The executor that settings ask for; None: this process estimates, one sample after the other."""
    several = execution.workers != 1 or execution.timeout > 0
    return execution.executor or (LOCAL_EXECUTOR if several else None)
