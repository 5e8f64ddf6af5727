"""Against bytes that meshoptimizer itself has written (version 0 and 1 of its codecs)."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from camera_estimation.mesh.gltf._meshopt import decode_view
from tests.support.glb_builder import GlbBuilder

COLUMN, ROW = np.meshgrid(np.arange(5), np.arange(4))
# Positions of a grid of 4 x 3 squares, padded to eight bytes, and its triangles.
VERTICES = 1000 * np.stack([COLUMN, ROW, COLUMN * ROW % 3, 0 * COLUMN], axis=-1).reshape(-1, 4).astype("<u2")
CORNER = np.array([5 * row + column for row in range(3) for column in range(4)])
TRIANGLES = np.stack([CORNER, CORNER + 1, CORNER + 6, CORNER, CORNER + 6, CORNER + 5], axis=1).reshape(-1, 3)
GRID = {
    0: "a007002f2f2f2fc02f2f2f2fc02f2f2f2fc0ff0000002f2f2f2f0a06888f6888f6888f1d1d1d68880000000000000100300c"
    "032f2f2f0100300c0306080801000fffff2f2f602f305f30305f600200000068d65e75ed0000000000000000000000000000"
    "0000000000000000000000000000000000000000",
    1: "a107a0002f2f2f2fc02f2f2f2fc02f2f2f2fc02f2f2f2f0206888f6888f6888f1d1d1d0f00060808080120842f2f2f012084"
    "06080801c0ff2f2f602f305f30305f600300000068d65e75ed000000000000000000000000000000000000000000000000",
}
INDICES = {
    0: "e0fe0ffe13fe12fe12fe0ffe03fe02fe02ff0fff03ff02ff020f0c01f304f202f2028f04018f048f028f028f070c018f070c"
    "8f090c8f090c007687566778a9866589689801690000",
    1: "e1fe0dfe13fe12fe12fe0dfe03fe02fe02ff0dff03ff02ff020f0cf304f202f2028f048f048f028f028f070c8f070c8f090c"
    "8f090c007687566778a9866589689801690000",
}
# Few values and single outliers, for which version 1 has groups of one bit.
NUMBER = np.arange(256)
SPARSE = ((NUMBER * NUMBER // 7 % 3 == 0) + (NUMBER % 97 == 0) * 200).astype(np.uint8).reshape(-1, 4)
FEW_VALUES = {
    0: "a055398408406e86666102102199984084086655066661021021f9986d6e4084086666102102551021999840840866661021"
    "02f99984086f6e55008408666610210219998408408666610000000000000000000000000000000000000000000000000000"
    "0000c9010100",
    1: "a15555398408406e86666102102199984084086655066661021021f9986d6e40840866661021025510219998408408666610"
    "2102f99984086f6e550084086666102102199984084086666100000000000000000000000000000000000000c901010000",
}


def decoded(content: str, mode: str, count: int, stride: int, name: str = "NONE") -> bytes:
    return decode_view(bytes.fromhex(content), {"mode": mode, "count": count, "byteStride": stride, "filter": name})


@pytest.mark.parametrize("version", [0, 1])
def test_vertices(version):
    assert decoded(GRID[version], "ATTRIBUTES", 20, 8) == VERTICES.tobytes()
    assert decoded(FEW_VALUES[version], "ATTRIBUTES", 64, 4) == SPARSE.tobytes()


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("stride", [2, 4])
def test_triangles(version, stride):
    found = np.frombuffer(decoded(INDICES[version], "TRIANGLES", 72, stride), f"<u{stride}").reshape(-1, 3)
    # The encoder turns triangles so that the newest vertex comes first, which keeps their orientation.
    first = found.argmin(axis=1)[:, None]
    assert (np.take_along_axis(found, (first + np.arange(3)) % 3, axis=1) == TRIANGLES).all()


def test_sequences():
    indices = [0, 1, 2, 1000, 1001, 3, 70000, 5]
    content, last = bytearray([0xD1]), 0
    for index in indices:
        difference = index - last
        value = ((difference << 1) ^ (difference >> 63)) << 1  # of the first of the two baselines
        last = index
        while value > 127:
            content.append(value & 127 | 128)
            value >>= 7
        content.append(value)
    found = decode_view(bytes(content) + bytes(4), {"mode": "INDICES", "count": 8, "byteStride": 4})
    assert np.frombuffer(found, "<u4").tolist() == indices


def compressed_without_deltas(values: np.ndarray) -> str:
    """One vertex, which is the codec's starting point, as the only block: all groups are zero."""
    head = bytes([0xA0]) + bytes(values.nbytes)
    return (head + bytes(max(0, 32 - values.nbytes)) + values.tobytes()).hex()


def test_filters():
    floats = np.array([(3 << 24) | 5, ((-2 & 255) << 24) | (-3 & 0xFFFFFF)], dtype="<u4")
    found = decoded(compressed_without_deltas(floats), "ATTRIBUTES", 1, 8, "EXPONENTIAL")
    assert np.frombuffer(found, "<f4").tolist() == [40.0, -0.75]
    half = round(32767 * 0.5 * np.sqrt(2))  # of a quarter turn about x: its w is left out
    rotation = np.array([half, 0, 0, (32767 & ~3) | 3], dtype="<i2")
    found = np.frombuffer(decoded(compressed_without_deltas(rotation), "ATTRIBUTES", 1, 8, "QUATERNION"), "<i2")
    assert np.linalg.norm(found / 32767) == pytest.approx(1, abs=1e-3)
    assert found[0] / 32767 == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(ValueError, match="filter COLOR is not known"):
        decoded(GRID[0], "ATTRIBUTES", 20, 8, "COLOR")


@pytest.mark.parametrize("cut", [1, 3, 20, 60])
def test_damage_is_told(cut):
    for content, mode, count, stride in ((GRID[0], "ATTRIBUTES", 20, 8), (INDICES[1], "TRIANGLES", 72, 4)):
        with pytest.raises(ValueError, match="compressed"):
            decoded(content[: -2 * cut], mode, count, stride)


def grid_file(content: dict[int, str] = GRID) -> GlbBuilder:
    builder = GlbBuilder()
    common = {"buffer": 1, "byteLength": 160, "byteStride": 8}  # of a buffer that is not there: the fallback's
    for packed, view in (
        ({"mode": "ATTRIBUTES", "count": 20, "byteStride": 8}, bytes.fromhex(content[0])),
        ({"mode": "TRIANGLES", "count": 72, "byteStride": 2}, bytes.fromhex(INDICES[1])),
    ):
        where = builder.tree["bufferViews"][builder.view(view)]
        builder.tree["bufferViews"][-1] = {**common, "extensions": {"EXT_meshopt_compression": {**where, **packed}}}
    del builder.tree["bufferViews"][-1]["byteStride"]
    builder.tree["accessors"] = [
        {"bufferView": 0, "componentType": 5123, "normalized": True, "count": 20, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 72, "type": "SCALAR"},
    ]
    builder.mesh({"attributes": {"POSITION": 0}, "indices": 1})
    builder.tree["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return builder


def test_a_compressed_file_is_read(tmp_path):
    mesh = load_mesh(grid_file().write(tmp_path / "packed.glb"))
    world = mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()
    assert np.allclose(world * 65535, VERTICES[:, :3], atol=0.01)
    assert len(mesh.faces) == 24


def test_counts_beyond_all_bytes_are_damage():
    for count in (10**12, 100):
        with pytest.raises(ValueError, match="compressed vertices"):
            decoded(GRID[0], "ATTRIBUTES", count, 8)


def test_a_damaged_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"is damaged \(ValueError: compressed vertices"):
        load_mesh(grid_file({0: GRID[0][:-20]}).write(tmp_path / "packed.glb"))
