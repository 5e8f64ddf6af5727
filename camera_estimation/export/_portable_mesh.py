"""Meshes as GLB files that every program opens, and shows as they were estimated with."""

from __future__ import annotations

from typing import Any

from camera_estimation.export.exporter import PosedImage
from camera_estimation.mesh.gltf import is_glb, mesh_glb, reason_to_skip, split_glb

# Beside those of materials: what importers of other programs know as well.
KNOWN_EXTENSIONS = ("KHR_texture_transform", "KHR_mesh_quantization", "KHR_lights_punctual")
MATERIALS = "KHR_materials_"
# What other programs would show moved from where it was estimated.
MOVING = ("animations", "skins")
REWRITTEN = "is written anew, with base colors, texture coordinates and vertex colors alone, as its file has "


def portable_glb(image: PosedImage) -> tuple[bytes, str | None]:
    """The mesh of an image as the content of a GLB file without other files, and a line about what that leaves out.

    A file that other programs show as this one does is taken as it is, with all of its materials.

    Raises:
        InputError: The mesh cannot be read any more.
    """
    content = _read(image)
    if not is_glb(content):
        return mesh_glb(image.mesh), None
    reason = _reason_to_rewrite(split_glb(content)[0])
    if reason is None:
        return content, None
    return mesh_glb(image.mesh), f"{image.mesh_path.name}: {REWRITTEN}{reason}"


def _read(image: PosedImage) -> bytes:
    try:
        return image.mesh_path.read_bytes()
    except OSError:
        return mesh_glb(image.mesh)  # which tells that the file is away, or is the mesh of a program


def _reason_to_rewrite(tree: dict[str, Any]) -> str | None:
    """What of the document other programs would show otherwise, in words; None: nothing."""
    for kind in MOVING:
        if tree.get(kind):
            return kind
    if any("targets" in primitive for mesh in tree.get("meshes", []) for primitive in mesh["primitives"]):
        return "morph targets"
    if len(tree.get("scenes", [])) != 1:
        return "several scenes, or none"
    if any(reason_to_skip(part) for mesh in tree.get("meshes", []) for part in mesh["primitives"]):
        return "parts that show no surface"
    of_nodes = [name for node in tree.get("nodes", []) for name in node.get("extensions", {})]
    unknown = [name for name in (*tree.get("extensionsUsed", []), *of_nodes) if not _is_known(name)]
    if unknown:
        return f"the extension {unknown[0]}"
    outside = [item["uri"] for kind in ("buffers", "images") for item in tree.get(kind, []) if "uri" in item]
    return "data in other places than its binary chunk" if outside or len(tree.get("buffers", [])) != 1 else None


def _is_known(extension: str) -> bool:
    return extension in KNOWN_EXTENSIONS or extension.startswith(MATERIALS)
