from .app import create_app as create_app
from .guard import Guard as Guard, is_loopback as is_loopback
from .studio_state import StudioState as StudioState
