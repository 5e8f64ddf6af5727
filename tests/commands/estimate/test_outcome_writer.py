from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from camera_estimation.commands.estimate import _outcome_writer
from camera_estimation.commands.estimate._outcome_writer import OutcomeWriter
from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.dataset.pairing import Sample


def outcome(name: str, pixels: int = 100) -> SampleOutcome:
    sample = Sample(name, Path("mesh.glb"), Path(f"{name}.png"))
    return SampleOutcome(sample, {"name": name}, files=SimpleNamespace(pixels=pixels))


class Disk:
    """Writes when it is let."""

    def __init__(self):
        self.free, self.begun, self.written = threading.Event(), threading.Event(), []

    def write(self, done):
        self.begun.set()
        assert self.free.wait(10)
        self.written.append(done.entry["name"])


@pytest.fixture
def disk():
    return Disk()


def put_all(writer, names, counts, pixels=100):
    for name in names:
        writer.put(outcome(name, pixels))
        counts.append(name)


def test_what_is_written_keeps_the_order_and_is_there_at_the_end(disk):
    disk.free.set()
    with OutcomeWriter(disk.write) as writer:
        put_all(writer, "abcdefg", [])
    assert disk.written == list("abcdefg")


@pytest.mark.parametrize(("pixels", "ahead"), [(100, 2), (_outcome_writer.MOST_PIXELS // 2 + 1, 1), (1 << 26, 0)])
def test_few_samples_wait_and_fewer_large_ones(disk, pixels, ahead):
    through = []
    with OutcomeWriter(disk.write) as writer:
        feeder = threading.Thread(target=put_all, args=(writer, "abcd", through, pixels))
        feeder.start()
        assert disk.begun.wait(10)
        feeder.join(0.2)
        assert len(through) == ahead
        disk.free.set()
        feeder.join(10)
    assert disk.written == list("abcd")


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ZeroDivisionError])
def test_who_leaves_early_leaves_nothing_unwritten(disk, trouble):
    def leave():
        with OutcomeWriter(disk.write) as writer:
            put_all(writer, "ab", [])
            threading.Timer(0.1, disk.free.set).start()
            raise trouble

    with pytest.raises(trouble):
        leave()
    assert disk.written == ["a", "b"]


@pytest.mark.usefixtures("ctrl_c")
def test_the_second_ctrl_c_does_without_what_is_not_begun(disk):
    def leave():
        with OutcomeWriter(disk.write) as writer:
            put_all(writer, "ab", [])
            threading.Timer(0.1, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)).start()
            threading.Timer(0.4, disk.free.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert disk.written == ["a"]


def test_trouble_with_the_records_ends_the_run():
    def fail(done):
        raise OSError("full")

    def feed():
        with OutcomeWriter(fail) as writer:
            put_all(writer, "abcdef", [])

    with pytest.raises(OSError, match="full"):
        feed()
