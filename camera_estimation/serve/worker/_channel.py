"""Lines of JSON between the server and the process that estimates."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any


class Channel:
    """Reads what the server tells, and answers. The process ends when the server does.

    Attributes:
        tasks: That have come.
        stopping: Set when the running one is to be left off.
    """

    def __init__(self) -> None:
        self.tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.stopping = threading.Event()
        self._out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, **values: Any) -> None:
        """One line. Raises ValueError for what JSON has no word for."""
        line = json.dumps(values, allow_nan=False).encode() + b"\n"
        try:
            self._out.write(line)
            self._out.flush()
        except OSError:
            os._exit(1)

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if "stop" in message:
                self.stopping.set()
            else:
                self.stopping.clear()
                self.tasks.put(message)
        os._exit(0)  # at once: nobody is there any more who waits for what is estimated
