"""Primitives that Draco has compressed: KHR_draco_mesh_compression, decoded by DracoPy (the extra ``meshes``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf.glb import Glb

DRACO = "KHR_draco_mesh_compression"


@dataclass(frozen=True)
class DracoPrimitive:
    """Triangles, and what each vertex has, by the names of glTF."""

    faces: Int[np.ndarray, "F 3"]
    attributes: dict[str, Shaped[np.ndarray, "V C"]]


def decode_draco(glb: Glb, described: dict[str, Any]) -> DracoPrimitive | None:
    """What is compressed of a primitive; None where nothing is.

    Raises:
        InputError: DracoPy is not installed.
    """
    packed = described.get("extensions", {}).get(DRACO)
    if packed is None:
        return None
    try:
        import DracoPy
    except ImportError:
        raise InputError(
            f"{glb.path}: is compressed with Draco, which DracoPy decodes: pip install camera-estimation[meshes]; "
            "or export it without compression"
        ) from None
    decoded = DracoPy.decode(bytes(glb.view_bytes(packed["bufferView"])))
    by_id = {attribute["unique_id"]: attribute["data"] for attribute in decoded.attributes}
    attributes = {name: by_id[number].reshape(len(by_id[number]), -1) for name, number in packed["attributes"].items()}
    return DracoPrimitive(np.asarray(decoded.faces, dtype=np.int64).reshape(-1, 3), attributes)
