from .server import (
    ServerAddress as ServerAddress,
    missing_for_studio as missing_for_studio,
    serve_studio as serve_studio,
)
