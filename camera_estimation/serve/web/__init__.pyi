from ._idle_connections import IdleConnections as IdleConnections
from .app import create_service as create_service
from .guard import ServeGuard as ServeGuard
from .serve_state import ServeState as ServeState
