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
        names = _texture_names(path)
        remarks: list[str] = []
        if len(names) > 1:
            remarks.append(f"of its textures {', '.join(names)} only the first is drawn, everywhere")
        texture = None
        if names:
            texture = build_texture(read_named_picture(names[0], path, remarks.append)[..., :3])
        # Where there is no texture, vertices stay as they are stored, with their colors.
        parts = read_with_trimesh(path, texture, skip_materials=True, fix_texture=texture is not None)
        return scene_of_parts(parts, path, remarks)


def _texture_names(path: Path) -> list[str]:
    """Of the textures that comments in the header name, as MeshLab writes them."""
    with path.open("rb") as stream:
        head = stream.read(GREATEST_HEADER).decode("latin-1").partition(END_OF_HEADER)[0]
    lines = [line.strip() for line in head.splitlines()]
    return [line.removeprefix(TEXTURE_COMMENT).strip() for line in lines if line.startswith(TEXTURE_COMMENT)]
