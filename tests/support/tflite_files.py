"""Networks in files of TensorFlow Lite, made of a few layers: the format's tables, field by field, as its schema has
them (tensorflow/lite/schema/schema.fbs)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FLOAT32, INT32 = 0, 2  # types of tensors
POOL, CONCATENATION, CONVOLUTION, LOGISTIC, RESHAPE = 1, 2, 3, 14, 22  # codes of operators
# Which table of options is meant: of convolution, pooling, concatenation and reshape.
OPTIONS = {CONVOLUTION: 1, POOL: 5, CONCATENATION: 10, RESHAPE: 17}
VALID = 1  # padding


@dataclass
class TfliteNetwork:
    """Layers on one picture, channels last.

    Args:
        side: Of the square input, of three channels, which is tensor 0.
    """

    side: int
    tensors: list[tuple[str, tuple[int, ...], np.ndarray | None]] = field(default_factory=list)
    operators: list[tuple[int, list[int], int, tuple[int, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._add("input", (1, self.side, self.side, 3))

    def convolve(self, source: int, name: str, weights: np.ndarray, bias: np.ndarray) -> int:
        """With kernels [outputs, size, size, inputs] side by side; returns the tensor."""
        size = weights.shape[1]
        side = self.tensors[source][1][1] // size
        kernel = self._add(f"{name}/weights", weights.shape, weights.astype(np.float32))
        added = self._add(f"{name}/bias", bias.shape, bias.astype(np.float32))
        return self._apply(CONVOLUTION, [source, kernel, added], name, (1, side, side, len(weights)), (size,))

    def average(self, source: int, name: str) -> int:
        """Over the whole picture."""
        side, channels = self.tensors[source][1][1], self.tensors[source][1][3]
        return self._apply(POOL, [source], name, (1, 1, 1, channels), (side,))

    def squash(self, source: int, name: str) -> int:
        return self._apply(LOGISTIC, [source], name, self.tensors[source][1], ())

    def reshape(self, source: int, name: str, shape: tuple[int, ...]) -> int:
        wanted = self._add(f"{name}/shape", (len(shape),), np.array(shape, dtype=np.int32))
        return self._apply(RESHAPE, [source, wanted], name, shape, shape)

    def concatenate(self, sources: list[int], name: str) -> int:
        """Along the second axis."""
        shapes = [self.tensors[source][1] for source in sources]
        return self._apply(CONCATENATION, sources, name, (1, sum(shape[1] for shape in shapes), shapes[0][2]), (1,))

    def _add(self, name: str, shape: tuple[int, ...], values: np.ndarray | None = None) -> int:
        self.tensors.append((name, shape, values))
        return len(self.tensors) - 1

    def _apply(self, code: int, sources: list[int], name: str, shape: tuple[int, ...], options: tuple) -> int:
        made = self._add(name, shape)
        self.operators.append((code, sources, made, options))
        return made

    def write(self, path: Path, outputs: list[int]) -> None:
        import flatbuffers

        builder = flatbuffers.Builder(1 << 16)
        buffers = [_table(builder, [])]
        tensors = []
        for name, shape, values in self.tensors:
            number = 0
            if values is not None:
                data = builder.CreateByteVector(values.tobytes())
                buffers.append(_table(builder, [(0, "offset", data)]))
                number = len(buffers) - 1
            kind = INT32 if values is not None and values.dtype == np.int32 else FLOAT32
            parts = [(0, "offset", _numbers(builder, shape)), (1, "int8", kind), (2, "uint32", number)]
            tensors.append(_table(builder, [*parts, (3, "offset", builder.CreateString(name))]))
        codes = sorted({code for code, *_ in self.operators})
        operators = []
        for code, sources, made, options in self.operators:
            parts = [(0, "uint32", codes.index(code)), (1, "offset", _numbers(builder, sources))]
            parts.append((2, "offset", _numbers(builder, [made])))
            if code in OPTIONS:
                parts += [(3, "uint8", OPTIONS[code]), (4, "offset", _options(builder, code, options))]
            operators.append(_table(builder, parts))
        known = [_table(builder, [(0, "int8", code), (2, "int32", 1), (3, "int32", code)]) for code in codes]
        graph = _table(
            builder,
            [
                (0, "offset", _offsets(builder, tensors)),
                (1, "offset", _numbers(builder, [0])),
                (2, "offset", _numbers(builder, outputs)),
                (3, "offset", _offsets(builder, operators)),
                (4, "offset", builder.CreateString("main")),  # OpenCV 5 reads it unseen
            ],
        )
        parts = [(0, "uint32", 3), (1, "offset", _offsets(builder, known)), (2, "offset", _offsets(builder, [graph]))]
        builder.Finish(_table(builder, [*parts, (4, "offset", _offsets(builder, buffers))]), b"TFL3")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(builder.Output()))


def _options(builder, code: int, values: tuple[int, ...]) -> int:
    if code == CONVOLUTION:
        return _table(builder, [(0, "int8", VALID), (1, "int32", values[0]), (2, "int32", values[0])])
    if code == POOL:
        return _table(builder, [(0, "int8", VALID), *((slot, "int32", values[0]) for slot in range(1, 5))])
    if code == CONCATENATION:
        return _table(builder, [(0, "int32", values[0])])
    return _table(builder, [(0, "offset", _numbers(builder, values))])


def _table(builder, slots: list[tuple[int, str, int]]) -> int:
    builder.StartObject(6)
    for slot, kind, value in slots:
        if kind == "offset":
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        else:
            getattr(builder, f"Prepend{kind.capitalize()}Slot")(slot, value, 0)
    return builder.EndObject()


def _numbers(builder, values) -> int:
    return builder.CreateNumpyVector(np.array(values, dtype=np.int32))


def _offsets(builder, values: list[int]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependUOffsetTRelative(value)
    return builder.EndVector()
