from ._colmap_cameras import ColmapPose as ColmapPose, read_colmap_poses as read_colmap_poses
from ._opencv_cameras import OpenCVCamera as OpenCVCamera, read_opencv_cameras as read_opencv_cameras
from .bop_files import (
    BOP_PIXEL_CENTER as BOP_PIXEL_CENTER,
    BOP_RESULT_COLUMNS as BOP_RESULT_COLUMNS,
    BopPose as BopPose,
    bop_picture_name as bop_picture_name,
    bop_scene_number as bop_scene_number,
    is_bop_results as is_bop_results,
    parse_bop_cameras as parse_bop_cameras,
    read_bop_results as read_bop_results,
    read_bop_scene as read_bop_scene,
)
from .bop_table import (
    BOP_COLUMNS as BOP_COLUMNS,
    BOP_TABLE_NAME as BOP_TABLE_NAME,
    BopRow as BopRow,
    BopTable as BopTable,
    find_bop_table as find_bop_table,
    parse_unit as parse_unit,
    read_bop_table as read_bop_table,
)
from .boxes import Box as Box, box_of as box_of, load_boxes as load_boxes
from .image_sources import ImageSources as ImageSources
from .intrinsics import load_intrinsics as load_intrinsics
from .known_intrinsics import (
    Intrinsics as Intrinsics,
    KnownCamera as KnownCamera,
    KnownIntrinsics as KnownIntrinsics,
    check_intrinsics as check_intrinsics,
    check_size as check_size,
)
from .naming import is_safe_name as is_safe_name, natural_order as natural_order, safe_sample_name as safe_sample_name
from .object_mark import ObjectMark as ObjectMark
from .pair_table import mark_of_row as mark_of_row, pair_by_csv as pair_by_csv
from .pairing import (
    IMAGE_EXTENSIONS as IMAGE_EXTENSIONS,
    MASK_SUFFIX as MASK_SUFFIX,
    Pairing as Pairing,
    Sample as Sample,
    VideoFrame as VideoFrame,
    pair_by_name as pair_by_name,
)
from .points import load_points as load_points
from .sample_image import (
    SampleImage as SampleImage,
    load_followed_image as load_followed_image,
    load_sample_image as load_sample_image,
)
from .sequences import (
    LAST_NUMBER as LAST_NUMBER,
    place_in_time as place_in_time,
    sequence_keys as sequence_keys,
)
from .transforms_file import (
    TransformsFrame as TransformsFrame,
    frames_of_transforms as frames_of_transforms,
    is_transforms_tree as is_transforms_tree,
)
from .videos import (
    FrameChoice as FrameChoice,
    choose_frames as choose_frames,
    expand_videos as expand_videos,
    frames_of_video as frames_of_video,
)
