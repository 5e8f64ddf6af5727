"""Buffer views that meshoptimizer has compressed, as ``gltfpack`` writes them: EXT_meshopt_compression.

After the bitstreams in the extension's specification, appendix A, and of version 1 of the vertex codec
(KHR_meshopt_compression). It is read here because no package decodes it on every platform and Python that this one runs
on. Vertices are decoded with numpy; triangles, each of which depends on those before it, one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from camera_estimation.mesh.gltf._meshopt_vertices import decode_vertices

TRIANGLES_HEADER, SEQUENCE_HEADER = 0xE0, 0xD0
CODE_TABLE_BYTES, SEQUENCE_TAIL_BYTES = 16, 4
FIFO = 15  # of its last place: both queues have 16
MASK = 0xFFFFFFFF


def decode_view(content: bytes, described: dict[str, Any]) -> bytes:
    """What a buffer view holds.

    Args:
        content: The compressed bytes.
        described: The extension's object: ``mode``, ``count``, ``byteStride`` and maybe ``filter``.

    Raises:
        ValueError: The bytes are damaged, or in a form that is not known.
    """
    mode, count, stride = described["mode"], described["count"], described["byteStride"]
    if mode == "ATTRIBUTES":
        return _filter(decode_vertices(content, count, stride), described.get("filter", "NONE"))
    if mode not in ("TRIANGLES", "INDICES"):
        raise ValueError(f"meshopt mode {mode} is not known")
    decode = _decode_triangles if mode == "TRIANGLES" else _decode_sequence
    try:
        indices = decode(content, count)
    except IndexError as error:
        raise ValueError("compressed indices are cut short") from error
    return np.array(indices, dtype=np.uint32).astype(f"<u{stride}").tobytes()


def _filter(values: np.ndarray, name: str) -> bytes:
    """The vertices' bytes after their filter; directions are not used, so nothing is done about theirs."""
    if name in ("NONE", "OCTAHEDRAL"):
        return values.tobytes()
    if name == "EXPONENTIAL":
        stored = values.view("<i4")
        return np.ldexp((stored << 8 >> 8).astype(np.float32), stored >> 24).astype("<f4").tobytes()
    if name == "QUATERNION":
        return _quaternions(values.view("<i2")).tobytes()
    raise ValueError(f"meshopt filter {name} is not known")


def _quaternions(stored: np.ndarray) -> np.ndarray:
    """The greatest component is left out, and follows from the others; its place is in the last two bits."""
    scale = (stored[:, 3] | 3).astype(np.float32) * np.float32(np.sqrt(2.0))
    others = stored[:, :3] / scale[:, None]
    greatest = np.sqrt(np.maximum(0.0, 1.0 - (others**2).sum(axis=1)))
    components = np.round(32767.0 * np.column_stack([others, greatest])).astype("<i2")
    result = np.empty_like(components)
    for offset, component in zip((1, 2, 3, 0), components.T, strict=True):
        result[np.arange(len(stored)), ((stored[:, 3] & 3) + offset) & 3] = component
    return result


class _ByteReader:
    """Numbers of variable length."""

    def __init__(self, content: bytes, start: int) -> None:
        self._content, self.place = content, start

    def byte(self) -> int:
        self.place += 1
        return self._content[self.place - 1]

    def number(self) -> int:
        """Seven bits a byte, the lowest first."""
        result = shift = 0
        while True:
            group = self.byte()
            result |= (group & 127) << shift
            shift += 7
            if group < 128 or shift > 28:
                return result

    def difference(self) -> int:
        """Its lowest bit is the sign."""
        value = self.number()
        return (value >> 1) ^ -(value & 1)


def _decode_triangles(content: bytes, count: int) -> list[int]:
    """Each triangle shares an edge with a recent one (codes below 0xF0), or begins anew."""
    version = content[0] & 15
    if content[0] & 0xF0 != TRIANGLES_HEADER or version > 1:
        raise ValueError("compressed triangles have an unknown head")
    reader = _ByteReader(content, 1 + count // 3)
    table = content[-CODE_TABLE_BYTES:]
    free_vertex = 13 if version == 1 else 15
    edges, vertices = [(0, 0)] * 16, [0] * 16
    edge_place = vertex_place = fresh = last = 0
    result: list[int] = []
    for code in content[1 : 1 + count // 3]:
        if code < 0xF0:
            a, b = edges[(edge_place - 1 - (code >> 4)) & FIFO]
            near = code & 15
            if near == 0:
                c, fresh = fresh, fresh + 1
            elif near < free_vertex:
                c = vertices[(vertex_place - 1 - near) & FIFO]
            else:  # 13 and 14 are the vertices before and after the last free one
                last = (last + (reader.difference() if near == 15 else 2 * near - 27)) & MASK
                c = last
            if near == 0 or near >= free_vertex:
                vertices[vertex_place] = c
                vertex_place = (vertex_place + 1) & FIFO
        else:
            pair = reader.byte() if code >= 0xFE else table[code & 15]
            if code >= 0xFE and pair == 0:
                fresh = 0
            corners = []
            for near in (15 if code == 0xFF else 0, pair >> 4, pair & 15):
                if near == 0:
                    corners.append(fresh)
                    fresh += 1
                else:  # those that are free follow behind
                    corners.append(-1 if near == 15 else vertices[(vertex_place - near) & FIFO])
            for corner, near in enumerate((15 if code == 0xFF else 0, pair >> 4, pair & 15)):
                if near == 15:
                    last = (last + reader.difference()) & MASK
                    corners[corner] = last
                if near in (0, 15):
                    vertices[vertex_place] = corners[corner]
                    vertex_place = (vertex_place + 1) & FIFO
            a, b, c = corners
            edges[edge_place] = (b, a)
            edge_place = (edge_place + 1) & FIFO
        edges[edge_place], edges[(edge_place + 1) & FIFO] = (c, b), (a, c)
        edge_place = (edge_place + 2) & FIFO
        result += (a, b, c)
    if reader.place != len(content) - CODE_TABLE_BYTES:
        raise ValueError("compressed triangles have a wrong length")
    return result


def _decode_sequence(content: bytes, count: int) -> list[int]:
    """Differences from one of the last two indices, which the lowest bit names."""
    if content[0] & 0xF0 != SEQUENCE_HEADER or content[0] & 15 > 1:
        raise ValueError("compressed indices have an unknown head")
    reader = _ByteReader(content, 1)
    last = [0, 0]
    result = []
    for _ in range(count):
        value = reader.number()
        which, value = value & 1, value >> 1
        last[which] = (last[which] + ((value >> 1) ^ -(value & 1))) & MASK
        result.append(last[which])
    if reader.place != len(content) - SEQUENCE_TAIL_BYTES:
        raise ValueError("compressed indices have a wrong length")
    return result
