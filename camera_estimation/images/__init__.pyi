from ._exif import EXIF as EXIF
from ._window_pixels import reduce_image as reduce_image, reduce_planes as reduce_planes
from .depth_image import load_depth as load_depth
from .evidence import Evidence as Evidence
from .evidence_files import depth_file as depth_file, keypoints_file as keypoints_file
from .frame import frame_view as frame_view
from .instance_mask import is_annotation_file as is_annotation_file, load_coco as load_coco
from .keypoints import Keypoints as Keypoints, load_keypoints as load_keypoints
from .loading import (
    load_frame as load_frame,
    load_source_image as load_source_image,
    load_unmasked_image as load_unmasked_image,
    look_for_object as look_for_object,
)
from .marked_image import load_marked_image as load_marked_image
from .mask import mask_remarks as mask_remarks
from .mask_file import read_mask_file as read_mask_file
from .mask_places import (
    check_masks_dir as check_masks_dir,
    find_mask_file as find_mask_file,
    mask_names as mask_names,
)
from .plausibility import hides_something as hides_something
from .region_weights import (
    check_categories as check_categories,
    check_weights as check_weights,
    load_region_weights as load_region_weights,
    pixel_weights as pixel_weights,
)
from .resampling import resample_picture as resample_picture
from .source_image import (
    ALPHA as ALPHA,
    ESTIMATED as ESTIMATED,
    HALF_COVERED as HALF_COVERED,
    INVERTED as INVERTED,
    MATTES as MATTES,
    PLAIN_BACKGROUND as PLAIN_BACKGROUND,
    SHADOWLESS as SHADOWLESS,
    UNMASKED as UNMASKED,
    OtherMask as OtherMask,
    SourceImage as SourceImage,
)
from .surroundings import shows_surroundings as shows_surroundings
from .target import Target as Target, TargetView as TargetView, make_target as make_target
from .undistortion import (
    distort_picture as distort_picture,
    look_through as look_through,
    undistort_image as undistort_image,
    undistort_mask as undistort_mask,
)
from .upright import read_upright as read_upright
from .view_evidence import (
    ViewDepth as ViewDepth,
    ViewEvidence as ViewEvidence,
    ViewKeypoints as ViewKeypoints,
    keypoints_in_space as keypoints_in_space,
)
from .window_stack import WindowStack as WindowStack, cut_windows as cut_windows, silhouette_boxes as silhouette_boxes
