"""canonical.glb: the mesh moved into camera space, with a glTF camera at the origin that shows the picture.

Only the JSON of the file is edited, so that geometry, materials and animations stay as they are, byte for byte. The
scene gets one more node on top, whose matrix takes world coordinates to glTF's camera axes (x right, y up, looking
along -z). A glTF camera has no principal point: where the image's is off centre, the view through it is shifted.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.export._centered_frame import frame_about_axis
from camera_estimation.geometry import OPENGL_FROM_OPENCV, Camera
from camera_estimation.mesh.gltf import pack_glb, split_glb

NODE_NAME, CAMERA_NAME = "camera_from_world", "estimated camera"
WIDENED_NAME = "estimated camera, wider than the picture"
# Of the distance from the camera to the mesh's centre.
NEAR_PLANE = 1e-3


def canonical_glb(content: bytes, folder: Path, camera: Camera, center: Float[Tensor, "3"]) -> bytes:
    """A GLB file as one camera sees it.

    Args:
        content: Of the mesh's GLB file.
        folder: Where files are that it names.
        camera: One, in world coordinates.
        center: Of the mesh, in world coordinates.
    """
    tree, other_chunks = split_glb(content)
    _embed_files(tree, folder)
    camera_node = _add_camera(tree, camera, center)
    _move_scenes(tree, _camera_from_world(camera), camera_node)
    return pack_glb(tree, other_chunks)


def _camera_from_world(camera: Camera) -> list[float]:
    """The pose with glTF's camera axes, column after column as glTF wants it."""
    flip = torch.diag(torch.tensor([*OPENGL_FROM_OPENCV, 1.0], dtype=torch.float64))
    return (flip @ camera.world_to_camera[0].double().cpu()).T.flatten().tolist()


def _add_camera(tree: dict[str, Any], camera: Camera, center: Float[Tensor, "3"]) -> int:
    """Append the camera; returns its node."""
    distance = (center.double().cpu() - camera.center[0].double().cpu()).norm().item()
    frame = frame_about_axis(camera)
    name = WIDENED_NAME if frame.is_widened else CAMERA_NAME
    perspective = {**frame.perspective, "znear": NEAR_PLANE * distance}
    cameras = tree.setdefault("cameras", [])
    cameras.append({"name": name, "type": "perspective", "perspective": perspective})
    extras = {"extras": frame.extras} if frame.is_widened else {}
    return _add_node(tree, {"name": name, "camera": len(cameras) - 1, **extras})


def _move_scenes(tree: dict[str, Any], matrix: list[float], camera_node: int) -> None:
    """Put the moving node above the roots of every scene.

    A glTF node has one parent at most, also where scenes share roots: roots that belong to the same scenes share one.
    """
    scenes = tree.get("scenes") or _default_scenes(tree, camera_node)
    tree["scenes"] = scenes
    scenes_of: dict[int, list[int]] = {}
    for index, scene in enumerate(scenes):
        for root in scene.get("nodes", []):
            scenes_of.setdefault(root, []).append(index)
    groups: dict[tuple[int, ...], list[int]] = {}
    for root, indices in scenes_of.items():
        groups.setdefault(tuple(indices), []).append(root)
    for scene in scenes:
        scene["nodes"] = [camera_node]
    for group, roots in groups.items():
        node = _add_node(tree, {"name": NODE_NAME, "matrix": matrix, "children": roots})
        for index in group:
            scenes[index]["nodes"].append(node)


def _default_scenes(tree: dict[str, Any], camera_node: int) -> list[dict[str, Any]]:
    """A scene of all nodes without a parent, for a file that names no scene."""
    children = {child for node in tree["nodes"] for child in node.get("children", [])}
    return [{"nodes": [node for node in range(len(tree["nodes"])) if node not in children and node != camera_node]}]


def _add_node(tree: dict[str, Any], node: dict[str, Any]) -> int:
    nodes = tree.setdefault("nodes", [])
    nodes.append(node)
    return len(nodes) - 1


def _embed_files(tree: dict[str, Any], folder: Path) -> None:
    """Put files that the GLB names relative to its own folder inside, for the new file lies elsewhere."""
    for kind, default_type in (("images", "image/png"), ("buffers", "application/octet-stream")):
        for item in tree.get(kind, []):
            uri = item.get("uri")
            if uri is None or uri.startswith("data:"):
                continue
            file = folder / unquote(uri)
            if file.is_file():
                media_type = "image/jpeg" if file.suffix.lower() in (".jpg", ".jpeg") else default_type
                item["uri"] = f"data:{media_type};base64,{base64.b64encode(file.read_bytes()).decode()}"
