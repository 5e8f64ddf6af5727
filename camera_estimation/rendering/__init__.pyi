from ._warp_runtime import (
    for_each_chunk as for_each_chunk,
    items_per_thread as items_per_thread,
    launch_kernel as launch_kernel,
)
from .backend import Backend as Backend, ShadedPixels as ShadedPixels, renderer_registry as renderer_registry
from .color_contrast import is_of_one_color as is_of_one_color
from .light_occlusion import LightOccluder as LightOccluder
from .motion_field import moving_points as moving_points
from .normal_equations import motion_equations as motion_equations
from .point_colors import surface_colors as surface_colors
from .point_motion import NormalEquations as NormalEquations, depth_motion_of as depth_motion_of, motion_of as motion_of
from .point_visibility import find_seen_points as find_seen_points
from .renderer import (
    SAMPLES as SAMPLES,
    SMALL_IMAGE as SMALL_IMAGE,
    RenderedView as RenderedView,
    Renderer as Renderer,
    check_renderer as check_renderer,
    create_renderer as create_renderer,
)
from .seen_surface import SeenSurface as SeenSurface, SurfaceHits as SurfaceHits, meet_faces as meet_faces
from .sharing import (
    SharedValues as SharedValues,
    finish_work as finish_work,
    shared_property as shared_property,
    stream_number as stream_number,
)
from .side_samples import pixel_sides as pixel_sides
from .tiles import frame_tiles as frame_tiles, window_about_mesh as window_about_mesh
