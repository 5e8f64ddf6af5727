"""Several samples at once, each on a thread and a CUDA stream of its own, so that a large GPU is busy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition
from typing import TYPE_CHECKING

from camera_estimation.batch import (
    fitting_count,
    follow_load,
    free_bytes,
    image_bytes,
    measured_bytes,
    release_memory,
)
from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample

if TYPE_CHECKING:
    import torch

AHEAD = 2  # samples that may be through before an earlier one is, beside those in flight: their pictures take memory


def reason_against_batch(plan: EstimatePlan) -> str | None:
    """Why samples are estimated one after the other whatever ``--batch`` is; None: they can be in flight together."""
    reasons = {
        "images of a mesh are estimated together": plan.joint,
        "each image has many starts already": plan.random_init is not None,
        "frames start from their neighbors": bool(plan.consecutive),
        "records are drawn by one thread": plan.record_every is not None,
        f"objectives of {plan.config.loss.file} may be made for one thread": bool(plan.config.loss.file),
        f"the renderer {plan.config.renderer} may be made for one thread": plan.config.renderer != "warp",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


@dataclass(frozen=True)
class _Flight:
    """A sample that is estimated, and how many could be in flight, it included, when it began."""

    sample: Sample
    count: int

    def lacks_memory(self, outcome: SampleOutcome) -> bool:
        """Whether it failed for want of memory that others may have had."""
        return outcome.short_of_memory and self.count > 1


class BatchWorker:
    """Estimates samples that are independent of each other; what is found is the same as one after the other.

    The first that succeeds is alone: what all need is loaded with it, and how much memory it takes is known after it.

    Args:
        single: Estimates a sample.
        count: At most so many are in flight.
        device: Of the estimates.
    """

    def __init__(self, single: SampleWorker, count: int, device: torch.device) -> None:
        self.single, self.progress, self.device = single, single.progress, device
        self._most, self._count = count, 1
        self._order: deque[Sample] = deque()  # of those that are not given on yet
        self._waiting: deque[Sample] = deque()
        self._through: dict[Sample, SampleOutcome] = {}
        self._begun = 0  # that have not been landed
        # Of all threads:
        self._change, self._closing, self._flying = Condition(), False, 0
        self._landed: deque[tuple[_Flight, SampleOutcome | Exception]] = deque()

    def process(
        self, samples: Sequence[Sample], put: Callable[[SampleOutcome], None], is_asked: Callable[[], bool]
    ) -> None:
        """Give how each of the samples ended to ``put``, in their order.

        Once those in flight are through Ctrl-C ends it, and so does ``is_asked``, both with KeyboardInterrupt.
        """
        import torch

        self._waiting, self._order = deque(samples), deque(samples)
        pool = ThreadPoolExecutor(self._most, thread_name_prefix="estimate", initializer=self._take_stream)
        try:
            while self._order:
                if is_asked():
                    raise KeyboardInterrupt
                self._start_some(pool)
                self._land_some()
                self._put_those_through(put)
        except KeyboardInterrupt:
            self._finish_flying(put)
            raise
        finally:
            self._closing = True
            pool.shutdown(wait=False, cancel_futures=True)
            torch.set_num_threads(torch.get_num_threads())  # of libraries that count for all threads together

    def _start_some(self, pool: ThreadPoolExecutor) -> None:
        import torch

        follow_load()
        threads = max(1, torch.get_num_threads() // self._count)
        while self._waiting and self._has_room():
            flight = _Flight(self._waiting.popleft(), self._count)
            self._begun += 1
            pool.submit(self._fly, flight, threads)

    def _has_room(self) -> bool:
        return not self._begun or (self._begun < self._count and self._begun + len(self._through) < self._count + AHEAD)

    def _land_some(self) -> None:
        with self._change:
            self._change.wait_for(lambda: self._landed)
        while self._landed:
            flight, outcome = self._landed.popleft()
            self._begun -= 1
            if isinstance(outcome, Exception):
                raise outcome
            if flight.lacks_memory(outcome):
                self._wait_for_memory(flight)
                continue
            self._through[flight.sample] = outcome
            if self._count < self._most and flight.count == 1 and outcome.files is not None:
                self._settle_count(outcome)

    def _put_those_through(self, put: Callable[[SampleOutcome], None]) -> None:
        while self._order and self._order[0] in self._through:
            put(self._through.pop(self._order.popleft()))

    def _finish_flying(self, put: Callable[[SampleOutcome], None]) -> None:
        """Those in flight, and those that have waited for them."""
        with self._change:
            self._closing = True
            self.progress.remark(f"interrupted: images in flight are finished first ({self._flying})")
            self._change.wait_for(lambda: not self._flying)
        for flight, outcome in self._landed:
            if isinstance(outcome, SampleOutcome) and not flight.lacks_memory(outcome):
                self._through[flight.sample] = outcome
        for sample in [sample for sample in self._order if sample in self._through]:
            put(self._through.pop(sample))

    def _settle_count(self, outcome: SampleOutcome) -> None:
        """As many as are asked for, or as the memory holds of this one."""
        free = free_bytes(self.device)
        if free is None:
            self._count = self._most
            return
        faces = len(self.single.estimator(outcome.sample.mesh_path).mesh.faces)
        size = outcome.entry["width"], outcome.entry["height"]
        needed = max(image_bytes(self.single.plan.config, faces, size), measured_bytes(self.device))
        self._count = fitting_count(self._most, needed, free)
        if self._count < self._most:
            self.progress.remark(
                f"--batch {self._most}: {_images(self._count)} in flight, as each takes about {_gigabytes(needed)} and "
                f"{self.device} has {_gigabytes(free)} free"
            )
        self._most = self._count

    def _wait_for_memory(self, flight: _Flight) -> None:
        """Again later, with half as many beside it; of several that fell short together the first one halves."""
        self._waiting.appendleft(flight.sample)
        if flight.count == self._count:
            self._count = self._most = flight.count // 2
            self.progress.remark(f"memory of {self.device} is short: {_images(self._count)} in flight from here on")
        release_memory()

    def _take_stream(self) -> None:
        """In each thread: what others have begun is there, and what follows need not wait for them."""
        import torch

        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            torch.cuda.set_stream(torch.cuda.Stream(self.device))

    def _fly(self, flight: _Flight, threads: int) -> None:
        """In a thread of the pool."""
        with self._change:
            if self._closing:
                return
            self._flying += 1
        try:
            outcome: SampleOutcome | Exception = self._estimate(flight.sample, threads)
        except Exception as error:  # of what is not the sample's: raised again where the samples are given on
            outcome = error
        with self._change:
            self._flying -= 1
            self._landed.append((flight, outcome))
            self._change.notify_all()

    def _estimate(self, sample: Sample, threads: int) -> SampleOutcome:
        import torch

        from camera_estimation.rendering import finish_work

        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)
        self.progress.begin(sample.name)
        outcome = self.single.estimate(sample)
        finish_work()  # its files are written by a thread with another stream
        return outcome


def _images(count: int) -> str:
    return "1 image is" if count == 1 else f"{count} images are"


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
