from .server import (
    missing_for_studio as missing_for_studio,
    serve_studio as serve_studio,
)
