"""How much a file may hold before it is refused: settings of the process, for files come from strangers too."""

from __future__ import annotations

from dataclasses import dataclass

from camera_estimation.configuration.setting_types import Count, Positive, StorageScheme


@dataclass(frozen=True)
class LimitsConfig:
    """What is beyond these is refused in one line that names the setting (see io/limits.py).

    The defaults are far above what cameras, scanners and generators write. Lower them for files of strangers.
    """

    file_megabytes: Positive = 8000.0  # of a mesh, a picture, a file of arrays; videos are not read whole
    table_megabytes: Positive = 2000.0  # of a table: CSV, JSON, TOML, YAML, XML, cameras of COLMAP
    picture_megapixels: Positive = 500.0  # of a picture, a mask, a depth image, a frame of a video
    texture_megapixels: Positive = 1100.0  # of one texture as it is stored
    textures_megapixels: Positive = 4000.0  # of all textures of a mesh as they are drawn, 16.8 each at most
    vertices: Count = 100_000_000  # of a mesh
    faces: Count = 16_000_000  # of a mesh, all its instances together; the renderer numbers 16.7 million
    nodes: Count = 1_000_000  # of a mesh file's scene, instances among them
    nesting: Count = 500  # of tables in tables, and of nodes below nodes
    scene_values: Count = 5_000_000  # of the JSON in a glTF or GLB file, which take 100 bytes of memory each
    table_values: Count = 50_000_000  # of other JSON
    archive_members: Count = 10_000  # files in an archive: 3MF, USDZ, NPZ
    unpacked_megabytes: Positive = 8000.0  # of an archive's content, or of what a mesh file has compressed
    rows: Count = 10_000_000  # of a table
    columns: Count = 1000  # of a table
    video_frames: Count = 20_000_000  # of a video
    video_hours: Positive = 200.0  # that a video says it lasts
    outside_files: bool = False  # a mesh file may name files outside of its folder, for older formats of the one above
    # Cloud storage that URLs of inputs may name; never hosts of the network, or files of this machine.
    storage: tuple[StorageScheme, ...] = ("s3", "gs", "az")
    storage_cache_gigabytes: Positive = 20.0  # of copies of objects on this machine, about
