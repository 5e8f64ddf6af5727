"""The vertex codec of meshoptimizer, versions 0 and 1: bytes of vertices in groups of 16, as differences."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, UInt8

HEADER = 0xA0
GROUP = 16
BLOCK_BYTES, BLOCK_VERTICES = 8192, 256
TAIL_BYTES = {0: 32, 1: 24}  # at least, by version
# Bits of each byte of a group, by the group's two bits in the head. Version 1 has two such tables and two more ways.
GROUP_BITS = ((0, 2, 4, 8), (0, 1, 2, 4), (1, 2, 4, 8))
ZEROS, LITERAL = 2, 3
# How many of the values in a byte are the greatest, which stands for a whole byte behind the group.
ESCAPES = {
    bits: [sum((byte >> shift) & (2**bits - 1) == 2**bits - 1 for shift in range(0, 8, bits)) for byte in range(256)]
    for bits in (1, 2, 4)
}


def decode_vertices(content: bytes, count: int, size: int) -> UInt8[np.ndarray, "N S"]:
    """The bytes of ``count`` vertices of ``size`` bytes each. Raises ValueError for damaged ones."""
    version = content[0] & 15
    if content[0] & 0xF0 != HEADER or version > 1 or size % 4:
        raise ValueError("compressed vertices have an unknown head")
    tail = size + (size // 4 if version == 1 else 0)
    base = np.frombuffer(content, np.uint8)[len(content) - tail :]
    groups = _GroupReader(content, len(content) - max(tail, TAIL_BYTES[version]))
    per_block = min(BLOCK_BYTES // size // GROUP * GROUP, BLOCK_VERTICES)
    if count > per_block * len(content):
        raise ValueError("compressed vertices are cut short")
    sizes = [min(per_block, count - first) for first in range(0, count, per_block)]
    for vertices in sizes:
        groups.find_block(vertices, size, version)
    if groups.place != groups.end:
        raise ValueError("compressed vertices have a wrong length")
    found = groups.decode()
    parts, place = [], 0
    for vertices in sizes:
        aligned = -(-vertices // GROUP) * GROUP
        parts.append(found[place : place + size * aligned].reshape(size, aligned)[:, :vertices])
        place += size * aligned
    deltas = np.concatenate(parts, axis=1) if parts else np.zeros((size, 0), np.uint8)
    channels = base[size:] if version == 1 else np.zeros(size // 4, np.uint8)
    columns = [
        _sum_deltas(deltas[4 * word : 4 * word + 4], base[4 * word : 4 * word + 4], int(channel))
        for word, channel in enumerate(channels)
    ]
    return np.ascontiguousarray(np.concatenate(columns, axis=1)) if count else np.zeros((0, size), np.uint8)


class _GroupReader:
    """Where each group of 16 bytes lies, one after the other, and then all of them at once."""

    def __init__(self, content: bytes, end: int) -> None:
        self._content, self.place, self.end = content, 1, end
        self._bits: list[int] = []
        self._places: list[int] = []

    def find_block(self, vertices: int, size: int, version: int) -> None:
        """The groups of one block of vertices, byte by byte of them."""
        modes = [0] * size
        if version == 1:
            control = self._take(size // 4)
            modes = [(byte >> shift) & 3 for byte in control for shift in (0, 2, 4, 6)]
        groups = -(-vertices // GROUP)
        for mode in modes:
            if version == 1 and mode == ZEROS:
                self._add(groups, 0, self.place, 0)
            elif version == 1 and mode == LITERAL:
                self._add(groups, 8, self.place, GROUP)
                self.place += vertices
            else:
                self._find_groups(groups, GROUP_BITS[1 + mode if version == 1 else 0])

    def _find_groups(self, groups: int, table: tuple[int, ...]) -> None:
        head = self._take(-(-groups // 4))
        content, place = self._content, self.place
        for group in range(groups):
            bits = table[(head[group // 4] >> (2 * (group % 4))) & 3]
            self._bits.append(bits)
            self._places.append(place)
            if bits == 8:
                place += GROUP
            elif bits:
                own = content[place : place + 2 * bits]
                escapes = ESCAPES[bits]
                place += 2 * bits + sum([escapes[byte] for byte in own])
        if place > self.end:
            raise ValueError("compressed vertices are cut short")
        self.place = place

    def _add(self, groups: int, bits: int, place: int, step: int) -> None:
        self._bits += [bits] * groups
        self._places += [place + step * group for group in range(groups)]

    def _take(self, length: int) -> bytes:
        self.place += length
        if self.place > self.end:
            raise ValueError("compressed vertices are cut short")
        return self._content[self.place - length : self.place]

    def decode(self) -> UInt8[np.ndarray, " N"]:
        """The bytes of all groups."""
        content = np.frombuffer(self._content + bytes(2 * GROUP), np.uint8)  # the last group may reach beyond its end
        bits_of, places = np.array(self._bits, dtype=int), np.array(self._places, dtype=int)
        result = np.zeros((len(bits_of), GROUP), np.uint8)
        for bits in (1, 2, 4, 8):
            (chosen,) = np.nonzero(bits_of == bits)
            result[chosen] = _unpack_groups(content, places[chosen], bits)
        return result.reshape(-1)


def _unpack_groups(
    content: UInt8[np.ndarray, " C"], places: Int[np.ndarray, " G"], bits: int
) -> UInt8[np.ndarray, "G 16"]:
    """Groups whose bytes have ``bits`` each; the greatest value stands for the next byte behind the group."""
    own = content[places[:, None] + np.arange(2 * bits)]
    if bits == 8:
        return own
    shifts = np.arange(8) if bits == 1 else np.arange(8 - bits, -1, -bits)
    values = ((own[..., None] >> shifts.astype(np.uint8)) & (2**bits - 1)).reshape(len(places), GROUP)
    escaped = values == 2**bits - 1
    behind = places[:, None] + 2 * bits + np.cumsum(escaped, axis=1) - 1
    return np.where(escaped, content[np.where(escaped, behind, 0)], values).astype(np.uint8)


def _sum_deltas(
    deltas: UInt8[np.ndarray, "4 N"], base: UInt8[np.ndarray, "4"], channel: int
) -> UInt8[np.ndarray, "N 4"]:
    """Four bytes of every vertex from their differences: of bytes, of pairs of them, or of words by exclusive or."""
    kind = channel & 3
    if kind == 3:
        raise ValueError("compressed vertices have an unknown channel")
    dtype = np.dtype(("u1", "<u2", "<u4")[kind])
    first = np.ascontiguousarray(base).view(dtype)
    stored = np.ascontiguousarray(deltas.T).view(dtype)
    if kind == 2:
        turn = np.uint32(-(channel >> 4) & 31)
        stored = (stored << turn) | (stored >> np.uint32((32 - int(turn)) & 31)) if turn else stored
        return np.ascontiguousarray(np.bitwise_xor.accumulate(stored, axis=0) ^ first).view(np.uint8)
    steps = (stored >> 1) ^ (-(stored & 1).astype(dtype)).astype(dtype)
    return np.ascontiguousarray((np.cumsum(steps, axis=0, dtype=dtype) + first).astype(dtype)).view(np.uint8)
