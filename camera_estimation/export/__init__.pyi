from .exporter import (
    BEND_NAME as BEND_NAME,
    BENT_OVERLAY_NAME as BENT_OVERLAY_NAME,
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
from .name_forms import plain_forms as plain_forms, plain_names as plain_names
from .pictures import path_between as path_between, picture_file as picture_file
from .run_export import ExportResult as ExportResult, export_images as export_images, export_parts as export_parts
from .sequences import find_sequences as find_sequences
