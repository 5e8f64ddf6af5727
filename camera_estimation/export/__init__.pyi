from .exporter import (
    Exporter as Exporter,
    PosedImage as PosedImage,
    create_exporter as create_exporter,
    exporter_registry as exporter_registry,
)
from .pictures import path_between as path_between, picture_file as picture_file
from .run_export import export_images as export_images
