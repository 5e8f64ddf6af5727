"""Copy a data set with the textures and colors of its meshes taken away, to measure what shape alone tells.

Usage: python scripts/strip_textures.py SET OUTPUT_DIR

Every GLB file below SET is written without materials and vertex colors, as generators of shapes and CAD programs write
theirs; all other files (images, pairs, intrinsics, ground truth) are copied as they are:

    python scripts/strip_textures.py set plain
    camera-estimate --pairs plain/pairs.csv --intrinsics plain/intrinsics.json --output_dir out
    camera-evaluate --poses out --ground_truth plain/pairs.csv
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from camera_estimation.mesh.gltf import pack_glb, split_glb

APPEARANCE = ("materials", "textures", "images", "samplers")  # of a glTF document, beside the vertices' colors
VARIANTS = "KHR_materials_variants"  # names materials from within primitives


def strip_mesh(content: bytes) -> bytes:
    """A GLB file's content without materials and vertex colors; the buffers stay, whose views nothing asks for."""
    tree, chunks = split_glb(content)
    for name in APPEARANCE:
        tree.pop(name, None)
    tree.get("extensions", {}).pop(VARIANTS, None)
    for mesh in tree.get("meshes", []):
        for primitive in mesh["primitives"]:
            primitive.pop("material", None)
            primitive.get("extensions", {}).pop(VARIANTS, None)
            kept = {name: index for name, index in primitive["attributes"].items() if not name.startswith("COLOR_")}
            primitive["attributes"] = kept
    return pack_glb(tree, chunks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("output_dir", type=Path)
    arguments = parser.parse_args()
    shutil.copytree(arguments.set, arguments.output_dir, dirs_exist_ok=True)
    meshes = sorted(arguments.output_dir.rglob("*.glb"))
    for mesh in meshes:
        mesh.write_bytes(strip_mesh(mesh.read_bytes()))
    print(f"{len(meshes)} meshes; now run camera-estimate --pairs {arguments.output_dir / 'pairs.csv'}")


if __name__ == "__main__":
    main()
