from .canonical import silhouette_frame as silhouette_frame
from .frame_search import FrameSearch as FrameSearch
from .registry import (
    Search as Search,
    check_search as check_search,
    create_search as create_search,
    search_registry as search_registry,
)
from .simplification import simplify as simplify
from .view_cache import views_folder as views_folder
from .view_drawing import VIEWS_AT_ONCE as VIEWS_AT_ONCE, fibonacci_sphere as fibonacci_sphere
from .view_library import VIEW_DISTANCES as VIEW_DISTANCES
from .viewpoint_search import (
    ViewpointSearch as ViewpointSearch,
)
