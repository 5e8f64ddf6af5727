"""Accessors of a glTF document: typed views of its buffers."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from camera_estimation.io import check_limit
from camera_estimation.mesh._size_checks import SIMPLIFY
from camera_estimation.mesh.gltf.glb import Glb

COMPONENT_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4", 5130: "<f8"}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def read_accessor(glb: Glb, index: int) -> Shaped[np.ndarray, "N C"]:
    """The elements as they are stored, one a row, matrices column after column.

    Raises ValueError if it reaches beyond its buffer view.
    """
    accessor = glb.tree["accessors"][index]
    dtype, columns = np.dtype(COMPONENT_DTYPES[accessor["componentType"]]), COLUMNS[accessor["type"]]
    check_limit("vertices", accessor["count"], glb.path, "values in an accessor", SIMPLIFY)
    if "bufferView" in accessor:
        stored = _read_rows(glb, accessor, dtype, accessor["count"], columns)
    else:
        stored = np.zeros((accessor["count"], columns), dtype)
    return _put_sparse(glb, stored, accessor["sparse"]) if "sparse" in accessor else stored


def real_numbers(stored: Shaped[np.ndarray, "N C"], normalized: bool) -> Float[np.ndarray, "N C"]:
    """Stored elements as real numbers: normalized integers are in [0, 1] or [-1, 1]."""
    real = np.asarray(stored, dtype=np.float64)
    if normalized and stored.dtype.kind in "iu":
        return np.maximum(real / np.iinfo(stored.dtype).max, -1.0)
    return real


def read_numbers(glb: Glb, index: int) -> Float[np.ndarray, "N C"]:
    """The elements of an accessor as real numbers."""
    return real_numbers(read_accessor(glb, index), is_normalized(glb, index))


def is_normalized(glb: Glb, index: int) -> bool:
    """Whether integers of the accessor stand for shares of their greatest value."""
    return bool(glb.tree["accessors"][index].get("normalized"))


def _put_sparse(glb: Glb, stored: Shaped[np.ndarray, "N C"], sparse: dict[str, Any]) -> Shaped[np.ndarray, "N C"]:
    """The elements with those in their places that a sparse accessor gives anew."""
    places = np.dtype(COMPONENT_DTYPES[sparse["indices"]["componentType"]])
    rows = _read_rows(glb, sparse["indices"], places, sparse["count"], 1)[:, 0]
    stored = stored.copy()
    stored[rows] = _read_rows(glb, sparse["values"], stored.dtype, sparse["count"], stored.shape[1])
    return stored


def _read_rows(
    glb: Glb, described: dict[str, Any], dtype: np.dtype, count: int, columns: int
) -> Shaped[np.ndarray, "N C"]:
    view = described["bufferView"]
    # numpy itself sees to it that neither offset nor strides leave the buffer.
    return np.ndarray(
        (count, columns),
        dtype,
        buffer=glb.view_bytes(view),
        offset=described.get("byteOffset", 0),
        strides=(glb.tree["bufferViews"][view].get("byteStride", columns * dtype.itemsize), dtype.itemsize),
    )
