from .comparison import (
    FAINT_INK as FAINT_INK,
    INK as INK,
    PAPER as PAPER,
    comparison_picture as comparison_picture,
    fov_phrase as fov_phrase,
    panel_window as panel_window,
    shorten as shorten,
    title_font as title_font,
)
from .evidence import evidence_picture as evidence_picture
from .frame_render import (
    render_camera as render_camera,
    render_estimate as render_estimate,
    render_frame as render_frame,
    render_through_lens as render_through_lens,
)
from .keypoint_overlay import draw_keypoints as draw_keypoints
from .masks import mask_preview as mask_preview
from .picture_size import bound_image as bound_image
from .pictures import (
    MaskLevels as MaskLevels,
    Rgb as Rgb,
    Rgba as Rgba,
    difference_of as difference_of,
    difference_picture as difference_picture,
    image_from_pixels as image_from_pixels,
    over_background as over_background,
    overlay_picture as overlay_picture,
    render_picture as render_picture,
    source_mask as source_mask,
    source_picture as source_picture,
)
from .scene import (
    SceneLayer as SceneLayer,
    draw_layer as draw_layer,
    find_hidden_area as find_hidden_area,
    scene_picture as scene_picture,
)
