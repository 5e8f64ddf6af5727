from .exporter import (
    BEND_NAME as BEND_NAME,
    Exporter as Exporter,
    PosedImage as PosedImage,
    RunContext as RunContext,
    create_exporter as create_exporter,
    exporter_registry as exporter_registry,
)
from .map_files import read_map as read_map
from .map_kinds import (
    ALL_KINDS as ALL_KINDS,
    MAP_FORMATS as MAP_FORMATS,
    MAP_KINDS as MAP_KINDS,
    MESH_NAME as MESH_NAME,
    choose_kinds as choose_kinds,
)
from .pictures import path_between as path_between, picture_file as picture_file
from .run_export import export_images as export_images
from .sequences import find_sequences as find_sequences
