"""What a glTF document uses: what is applied, what changes nothing that is compared, and what is told as left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf.glb import Glb

APPLIED_EXTENSIONS = (
    "KHR_accessor_float64",
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_texture_avif",
    "EXT_texture_webp",
    "KHR_draco_mesh_compression",
    "KHR_materials_emissive_strength",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_node_visibility",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "MSFT_texture_dds",
)
# By the beginnings of their names: lights, reflections, metadata, behavior. None moves a vertex of the default pose or
# changes a base color.
HARMLESS_EXTENSIONS = (
    "ADOBE_materials_",
    "AGI_",
    "CESIUM_primitive_outline",
    "EXT_instance_features",
    "EXT_lights_",
    "EXT_materials_",
    "EXT_mesh_features",
    "EXT_mesh_manifold",
    "EXT_property_",
    "EXT_structural_metadata",
    "FB_",
    "GOOGLE_",
    "KHR_animation_pointer",
    "KHR_audio",
    "KHR_interactivity",
    "KHR_lights_",
    "KHR_materials_",
    "KHR_node_hoverability",
    "KHR_node_selectability",
    "KHR_physics_",
    "KHR_xmp",
    "MPEG_",
    "MSFT_lod",
    "MSFT_packing_",
    "NV_materials_mdl",
    "OMI_",
    "VRM",
)
SEE_THROUGH_EXTENSIONS = ("KHR_materials_transmission", "KHR_materials_diffuse_transmission")
VARIANTS = "KHR_materials_variants"


def check_extensions(glb: Glb) -> None:
    """Tells which of the document's extensions are left out.

    Raises:
        InputError: One that it requires, and that may change what it shows, is not known.
    """
    required, used = (_names(glb.tree.get(key)) for key in ("extensionsRequired", "extensionsUsed"))
    unknown = _unknown(required)
    if unknown:
        raise InputError(
            f"{glb.path}: needs the glTF extension {' and '.join(unknown)}, which cannot be read; "
            "export it as plain glTF 2.0, without that extension"
        )
    unknown = _unknown(used)
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        glb.remark(f"what the unknown glTF extension{plural} {', '.join(unknown)} would add is left out")
    for name in SEE_THROUGH_EXTENSIONS:
        if name in used:
            glb.remark(f"what is seen through materials with {name} is left out: they are drawn opaque")
    if VARIANTS in used:
        glb.remark("of its material variants the default one is drawn")


def note_left_out(glb: Glb, shown: Iterable[int]) -> None:
    """Tells of scenes, nodes and animations that are not shown; ``shown`` are the nodes that are."""
    tree = glb.tree
    scenes = len(tree.get("scenes", []))
    if scenes > 1:
        glb.remark(f"of its scenes 0 to {scenes - 1} only scene {tree.get('scene', 0)} is drawn")
    drawn = set(shown)
    hidden = [number for number, node in enumerate(tree.get("nodes", [])) if "mesh" in node and number not in drawn]
    if hidden:
        glb.remark(f"{_count(len(hidden), 'node')} with a mesh, hidden or of no drawn scene, left out")
    if tree.get("animations"):
        glb.remark("its animations are not played: the default pose is drawn")


def note_primitives(glb: Glb, reasons: Iterable[str]) -> None:
    """Tells of primitives that are left out, one line a reason."""
    counted: dict[str, int] = {}
    for reason in reasons:
        counted[reason] = counted.get(reason, 0) + 1
    for reason, count in counted.items():
        glb.remark(f"{_count(count, 'primitive')} {reason} left out")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _names(listed: Any) -> list[str]:
    return [str(name) for name in listed or []]


def _unknown(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in APPLIED_EXTENSIONS and not name.startswith(HARMLESS_EXTENSIONS)]
