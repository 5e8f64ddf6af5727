"""The server under load: many requests at a time, bad ones among them, and killed in the middle.

Usage: python -m benchmarks.serve [--requests 200] [--at_once 8] [--config fast] [--quick] [--output_dir FOLDER]

Of the requests every fifth is bad: a damaged mesh, a picture that is none, a setting that there is not, a file that is
too large, a client that goes away. The queue is shorter than there are clients, so that some are told to come again.
The first table counts how the requests ended, the second has the memory of the server and of the process that estimates
after each quarter. Then the server is killed and started again while half as many requests are sent: the third table
counts how these ended, where "no answer" is right for those that it had when it was killed.
"""

from __future__ import annotations

import argparse
import io
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.report import markdown_table, write_csv
from benchmarks.serve_client import LEFT, LOST, Asked, Told, ask, get
from benchmarks.serve_process import START_SECONDS, ServerProcess, started

Row = dict[str, Any]
EXAMPLES = Path(__file__).parents[1] / "camera_estimation" / "examples"
QUARTERS = 4
SIDE = 256  # pixels of the picture
RESTARTS = 2
# Beside the preset, so that hundreds of estimates take minutes.
CHEAP = """
[search]
faces = 1000

[[refinement.levels]]
resolution = 64
blur = 1.5
iterations = 8
keep = 2
simplified = true
"""


def make_requests(count: int) -> list[Asked]:
    """Good ones, and every fifth bad in another way."""
    mesh, picture = ("spot.glb", (EXAMPLES / "spot.glb").read_bytes()), ("spot.png", _small_picture())
    good = {"mesh": mesh, "picture": picture}
    bad = [
        Asked("damaged mesh", {**good, "mesh": ("torn.glb", mesh[1][:5000])}, (422,)),
        Asked("no picture", {**good, "picture": ("text.png", b"no picture")}, (422,)),
        Asked("unknown setting", {**good, "settings": '{"camera": {"fov": 3}}'}, (422,)),
        Asked("too large", {**good, "picture": ("large.png", bytes(3_000_000))}, (413,)),
        Asked("goes away", good, (LEFT,), leaves=True),
    ]
    fine = Asked("good", good, (200,))
    return [bad[number // 5 % len(bad)] if number % 5 == 4 else fine for number in range(count)]


def _small_picture() -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.open(EXAMPLES / "spot.png").resize((SIDE, SIDE)).save(content, "PNG")
    return content.getvalue()


def measure_load(
    server: ServerProcess, requests: Sequence[Asked], at_once: int
) -> tuple[list[Told], list[dict[str, Any]]]:
    """How the requests ended, and the memory after each quarter."""
    told: list[Told] = []
    rows = [_memory_row(server, 0)]
    size = len(requests) // QUARTERS
    with ThreadPoolExecutor(at_once) as clients:
        for quarter in range(QUARTERS):
            part = requests[quarter * size : (quarter + 1) * size if quarter < QUARTERS - 1 else None]
            told += clients.map(lambda asked: ask(server.port, asked), part)
            rows.append(_memory_row(server, len(told)))
    return told, rows


def _memory_row(server: ServerProcess, count: int) -> Row:
    own, worker = server.memory_mib()
    return {"requests": count, "server_mib": own, "worker_mib": worker}


def measure_restarts(server: ServerProcess, requests: Sequence[Asked], at_once: int) -> tuple[list[Told], int]:
    """How requests end while the server is killed and started again, and the files of requests left after the end."""
    done = threading.Event()

    def disturb() -> None:
        for _ in range(RESTARTS):
            if done.wait(2.0):
                return
            server.kill()
            server.start()

    disturbing = threading.Thread(target=disturb)
    disturbing.start()

    def ask_after_start(asked: Asked) -> Told:
        """A client that cannot connect tries again later."""
        for _ in range(START_SECONDS):
            found = ask(server.port, asked)
            if found.sentence != "ConnectionRefusedError":
                return found
            time.sleep(1.0)
        return found

    with ThreadPoolExecutor(at_once) as clients:
        told = list(clients.map(ask_after_start, requests))
    done.set()
    disturbing.join()
    unknown = get(server.port, "/jobs/0123456789abcdef")
    assert unknown[0] == 404, unknown
    server.stop()
    return told, server.files_left()


def count_answers(told: Sequence[Told]) -> list[Row]:
    """A row for each kind of request and status."""
    rows = []
    for (kind, status), count in sorted(Counter((each.kind, each.status) for each in told).items()):
        same = [each for each in told if (each.kind, each.status) == (kind, status)]
        word = {LOST: f"no answer ({same[0].sentence})", LEFT: "left"}.get(status, str(status))
        times = [each.seconds for each in same]
        rows.append(
            {
                "kind": kind,
                "status": word,
                "count": count,
                "right": sum(each.right for each in same),
                "again": sum(each.tries - 1 for each in same),
                "median_s": statistics.median(times),
                "most_s": max(times),
            }
        )
    return rows


ANSWERS = {
    "kind": "request",
    "status": "status",
    "count": "requests",
    "right": "as expected",
    "again": "told to come again",
    "median_s": "median s",
    "most_s": "most s",
}
MEMORY = {"requests": "after requests", "server_mib": "server MiB", "worker_mib": "worker MiB"}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200, metavar="N")
    parser.add_argument("--at_once", type=int, default=8, metavar="N")
    parser.add_argument("--config", default="fast", metavar="PRESET")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quick", action="store_true", help="40 requests")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/serve"))
    arguments = parser.parse_args(argv)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that the server ends too
    requests = make_requests(40 if arguments.quick else arguments.requests)
    with tempfile.TemporaryDirectory() as made:
        cheap = Path(made) / "cheap.toml"
        cheap.write_text(CHEAP, encoding="utf-8")
        flags = ["--config", arguments.config, "--config", str(cheap), "--device", arguments.device]
        with started(ServerProcess(Path(made), flags)) as server:
            begin = time.perf_counter()
            told, memory = measure_load(server, requests, arguments.at_once)
            seconds = time.perf_counter() - begin
            write_csv(arguments.output_dir / "answers.csv", count_answers(told))
            write_csv(arguments.output_dir / "memory.csv", memory)
            lost, wrong = sum(each.status == LOST for each in told), sum(not each.right for each in told)
            heading = (
                f"{len(told)} requests, {arguments.at_once} at a time, in {seconds:.0f} s: {lost} without an answer, "
            )
            tables = [markdown_table(ANSWERS, count_answers(told)), markdown_table(MEMORY, memory)]
            parts = [heading + f"{wrong} not as expected.", *tables]
            print("\n\n".join(parts) + "\n", flush=True)
            again, left = measure_restarts(server, requests[: len(requests) // 2], arguments.at_once)
    parts += [
        f"{len(again)} requests while the server was killed and started again {RESTARTS} times; {left} files are left:",
        markdown_table(ANSWERS, count_answers(again)),
    ]
    print("\n\n".join(parts[-2:]))
    (arguments.output_dir / "serve.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return 1 if lost or wrong or left else 0


if __name__ == "__main__":
    sys.exit(main())
