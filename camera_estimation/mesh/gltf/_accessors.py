"""Accessors of a glTF document: typed views of its buffers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Shaped

from camera_estimation.mesh.gltf.glb import Glb

COMPONENT_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def read_accessor(glb: Glb, index: int) -> Shaped[np.ndarray, "N C"]:
    """The elements as they are stored, one a row; without what a sparse accessor puts in the place of some of them.

    Raises ValueError if it reaches beyond its buffer view.
    """
    accessor = glb.tree["accessors"][index]
    dtype, columns = np.dtype(COMPONENT_DTYPES[accessor["componentType"]]), COLUMNS[accessor["type"]]
    shape = (accessor["count"], columns)
    if "bufferView" not in accessor:
        return np.zeros(shape, dtype)
    view = accessor["bufferView"]
    # numpy itself sees to it that neither offset nor strides leave the buffer.
    return np.ndarray(
        shape,
        dtype,
        buffer=glb.view_bytes(view),
        offset=accessor.get("byteOffset", 0),
        strides=(glb.tree["bufferViews"][view].get("byteStride", columns * dtype.itemsize), dtype.itemsize),
    )


def read_numbers(glb: Glb, index: int) -> Float[np.ndarray, "N C"]:
    """The elements as real numbers: normalized integers are in [0, 1] or [-1, 1]."""
    stored = read_accessor(glb, index)
    real = np.asarray(stored, dtype=np.float64)
    if glb.tree["accessors"][index].get("normalized"):
        return np.maximum(real / np.iinfo(stored.dtype).max, -1.0)
    return real
