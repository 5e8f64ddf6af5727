"""The reader of Stanford PLY."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene

TEXTURE_COMMENT = "comment TextureFile "
END_OF_HEADER = "end_header"
GREATEST_HEADER = 2**16  # bytes


@mesh_reader_registry.register("ply")
class PlyReader(MeshReader):
    """Triangles with colors of vertices or triangles, or with the texture that a comment names."""

    description = "PLY, with colors or a texture"
    suffixes = (".ply",)
    remedy = "export the mesh as a binary PLY file again"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._parts import scene_of_parts
        from camera_estimation.mesh._picture_textures import read_named_picture
        from camera_estimation.mesh._texture_building import build_texture
        from camera_estimation.mesh._trimesh_parts import read_with_trimesh

        require_content(path)
        head = _read_head(path)
        _check_counts(head, path)
        names = _texture_names(head)
        remarks: list[str] = []
        if len(names) > 1:
            remarks.append(f"of its textures {', '.join(names)} only the first is drawn, everywhere")
        texture = None
        if names:
            texture = build_texture(read_named_picture(names[0], path, remarks.append)[..., :3])
        # Where there is no texture, vertices stay as they are stored, with their colors.
        parts = read_with_trimesh(path, texture, skip_materials=True, fix_texture=texture is not None)
        return scene_of_parts(parts, path, remarks)


def _read_head(path: Path) -> list[str]:
    """The lines of the header."""
    with path.open("rb") as stream:
        head = stream.read(GREATEST_HEADER).decode("latin-1").partition(END_OF_HEADER)[0]
    return [line.strip() for line in head.splitlines()]


def _check_counts(lines: list[str], path: Path) -> None:
    """Raises InputError if the header says that there is more than is read, and ValueError for more than the file has
    bytes: memory would be taken for all of it."""
    from camera_estimation.mesh._size_checks import check_mesh_size

    for line in lines:
        words = line.split()
        if words[:1] != ["element"]:
            continue
        if len(words) != 3 or not words[2].isascii() or not words[2].isdigit():
            raise ValueError(f"an element of its header is '{line[:60]}'")
        count = int(words[2])
        check_mesh_size(path, count if words[1] == "vertex" else 0, count if words[1] == "face" else 0)
        if count > path.stat().st_size:
            raise ValueError(f"it says that it has {count} {words[1]} elements, more than it has bytes")


def _texture_names(lines: list[str]) -> list[str]:
    """Of the textures that comments in the header name, as MeshLab writes them."""
    return [line.removeprefix(TEXTURE_COMMENT).strip() for line in lines if line.startswith(TEXTURE_COMMENT)]
