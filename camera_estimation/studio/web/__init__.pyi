from .app import create_app as create_app
from .guard import Guard as Guard
from .studio_state import StudioState as StudioState
