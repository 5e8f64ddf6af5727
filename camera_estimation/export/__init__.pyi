from .exporter import (
    Exporter as Exporter,
    PosedImage as PosedImage,
    create_exporter as create_exporter,
    exporter_registry as exporter_registry,
)
