"""Forms with files, received piece by piece: files go to disk as they come, and what is too large is refused before it
is held."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import Request

from camera_estimation.serve.problems import BAD_REQUEST, TIMED_OUT, TOO_LARGE, WRONG_TYPE, RequestError
from camera_estimation.web import safe_name

MULTIPART = "multipart/form-data"
LARGEST_FIELD = 65_536  # bytes
MOST_PARTS = 32
LEAST_RATE = 10_000  # bytes a second that have to come in the mean: whoever sends keeps others from their place
OVERHEAD = 200_000  # bytes of a form beside its files


@dataclass(frozen=True)
class ReceivedFile:
    """A file of a form. ``name`` is what the client calls it, made safe."""

    path: Path
    name: str
    sha256: str


@dataclass
class ReceivedForm:
    """What a form has brought, by the names of its fields."""

    files: dict[str, ReceivedFile] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class _ReceivedPart:
    name: str
    limit: int
    filename: str = ""
    path: Path | None = None
    file: BinaryIO | None = None
    content: bytearray = field(default_factory=bytearray)
    received: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


class FormReceiver:
    """Receives one form.

    Args:
        folder: Where its files are put, each in a folder named by its field.
        limits: The most bytes of each field that is a file.
        texts: The fields that are none.
    """

    def __init__(self, folder: Path, limits: Mapping[str, int], texts: tuple[str, ...]) -> None:
        self.folder, self.limits, self.texts = folder, limits, texts
        self.form = ReceivedForm()
        self._header = [bytearray(), bytearray()]
        self._headers: dict[str, str] = {}
        self._part: _ReceivedPart | None = None
        self._count, self._complete = 0, False

    async def receive(self, request: Request, patience: float, most_seconds: float) -> ReceivedForm:
        """All of it.

        Args:
            request: Whose body it is.
            patience: The longest that nothing comes, in seconds.
            most_seconds: The longest that all of it takes.

        Raises:
            RequestError: It is no form, or not one that is taken.
            starlette.requests.ClientDisconnect: The client has gone.
        """
        from python_multipart.exceptions import FormParserError

        parser = self._parser(request.headers.get("content-type", ""))
        pieces, start, received = request.stream().__aiter__(), time.monotonic(), 0
        most_bytes = sum(self.limits.values()) + OVERHEAD
        try:
            while not self._complete:  # what comes after its end is nobody's
                end = start + min(most_seconds, patience + received / LEAST_RATE)
                piece = await asyncio.wait_for(anext(pieces), min(patience, end - time.monotonic()))
                received += len(piece)
                if received > most_bytes:
                    raise RequestError(TOO_LARGE, f"the form has more than the {most_bytes / 1e6:g} MB that are taken")
                parser.write(piece)
        except StopAsyncIteration:
            pass
        except asyncio.TimeoutError as error:
            slowly = f"less than {LEAST_RATE / 1000:g} kB a second came of it"
            raise RequestError(
                TIMED_OUT,
                f"nothing came of the request for {patience:g} s, {slowly}, or all of it took {most_seconds:g} s",
            ) from error
        except FormParserError as error:
            raise RequestError(BAD_REQUEST, f"the request is no form of {MULTIPART}: {error}") from error
        finally:
            if self._part is not None and self._part.file is not None:
                self._part.file.close()
        if not self._complete:
            raise RequestError(BAD_REQUEST, "the request ends in the middle; send it again")
        return self.form

    def _parser(self, content_type: str) -> Any:
        from python_multipart.exceptions import FormParserError
        from python_multipart.multipart import MultipartParser, parse_options_header

        kind, options = parse_options_header(content_type)
        if kind.decode("latin-1").lower() != MULTIPART or not options.get(b"boundary"):
            raise RequestError(WRONG_TYPE, f"send a form as {MULTIPART}, with a boundary, not '{content_type[:80]}'")
        heeded: Any = {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open_part,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        try:
            return MultipartParser(options[b"boundary"], heeded)
        except FormParserError as error:
            raise RequestError(WRONG_TYPE, f"the form's boundary cannot be used ({error}); send a short one") from error

    def _begin_part(self) -> None:
        self._headers = {}
        self._count += 1
        if self._count > MOST_PARTS:
            raise RequestError(BAD_REQUEST, f"the form has more than {MOST_PARTS} fields")

    def _end_header(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")
        self._header = [bytearray(), bytearray()]

    def _open_part(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename", b"").decode("utf-8", "replace")
        if name in self.limits:
            if name in self.form.files:
                raise RequestError(BAD_REQUEST, f"'{name}' is there twice; send one")
            self._part = self._open_file(name, safe_name(filename))
        elif name in self.texts:
            self._part = _ReceivedPart(name, LARGEST_FIELD)
        else:
            known = ", ".join((*self.limits, *self.texts))
            raise RequestError(BAD_REQUEST, f"there is no field '{name[:40]}'; fields are {known}")

    def _open_file(self, name: str, filename: str) -> _ReceivedPart:
        path = self.folder / name / filename
        path.parent.mkdir()
        return _ReceivedPart(name, self.limits[name], filename, path, path.open("wb"))

    def _take(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        assert part is not None
        part.received += end - start
        if part.received > part.limit:
            told = f"{part.limit / 1e6:g} MB" if part.file is not None else f"{part.limit} bytes"
            raise RequestError(TOO_LARGE, f"'{part.name}' is larger than the {told} that are taken; make it smaller")
        if part.file is None:
            part.content += data[start:end]
            return
        piece = data[start:end]
        part.digest.update(piece)
        part.file.write(piece)

    def _end_part(self) -> None:
        part, self._part = self._part, None
        assert part is not None
        if part.file is not None and part.path is not None:
            part.file.close()
            if part.received:  # a browser's form sends an empty file for none
                self.form.files[part.name] = ReceivedFile(part.path, part.filename, part.digest.hexdigest())
            return
        try:
            self.form.texts.setdefault(part.name, []).append(part.content.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise RequestError(BAD_REQUEST, f"'{part.name}' is no text in UTF-8") from error

    def _end(self) -> None:
        self._complete = True


def check_length(request: Request, most_bytes: int) -> None:
    """Raises RequestError where the request says that it is longer, before any of it is read."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes + OVERHEAD:
        told = f"{int(announced) / 1e6:.0f} MB, more than the {most_bytes / 1e6:g} MB"
        raise RequestError(TOO_LARGE, f"the request has {told} that are taken; make its files smaller")
