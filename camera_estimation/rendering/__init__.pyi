from .backend import Backend as Backend, ShadedPixels as ShadedPixels, renderer_registry as renderer_registry
from .color_contrast import is_of_one_color as is_of_one_color
from .motion_field import moving_points as moving_points
from .point_motion import NormalEquations as NormalEquations, depth_motion_of as depth_motion_of, motion_of as motion_of
from .renderer import (
    SAMPLES as SAMPLES,
    SMALL_IMAGE as SMALL_IMAGE,
    RenderedView as RenderedView,
    Renderer as Renderer,
    check_renderer as check_renderer,
    create_renderer as create_renderer,
)
from .seen_surface import SeenSurface as SeenSurface, SurfacePoints as SurfacePoints, meet_faces as meet_faces
from .tiles import frame_tiles as frame_tiles, window_about_mesh as window_about_mesh
