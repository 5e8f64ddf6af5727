from .categories import (
    BACKGROUND as BACKGROUND,
    DEFAULT_CATEGORIES as DEFAULT_CATEGORIES,
    FOREGROUND as FOREGROUND,
    FOUND_WITHOUT_NETWORK as FOUND_WITHOUT_NETWORK,
    LIGHTING as LIGHTING,
    Category as Category,
    select_categories as select_categories,
)
from .grabcut import grabcut_from_box as grabcut_from_box, grabcut_from_silhouette as grabcut_from_silhouette
from .loading import (
    create_segmenter as create_segmenter,
    fetch_segmenter_weights as fetch_segmenter_weights,
    find_segmenter as find_segmenter,
    load_segmenter as load_segmenter,
)
from .mask_cache import (
    MaskOrigin as MaskOrigin,
    cache_path as cache_path,
    existing_masks as existing_masks,
    foreground_levels as foreground_levels,
    load_category_masks as load_category_masks,
    read_categories as read_categories,
    read_masks as read_masks,
    write_masks as write_masks,
)
from .names import (
    DEFAULT_SEGMENTER as DEFAULT_SEGMENTER,
    SegmenterName as SegmenterName,
    segmenter_name as segmenter_name,
)
from .picture import (
    BOX_MARGIN as BOX_MARGIN,
    FEWEST_OBJECT_PIXELS as FEWEST_OBJECT_PIXELS,
    Instances as Instances,
    Mask as Mask,
    Picture as Picture,
    Rgb as Rgb,
    has_lossy_format as has_lossy_format,
    inner_frame as inner_frame,
)
from .plain_background import (
    PlainBackgroundMask as PlainBackgroundMask,
    cut_plain_background as cut_plain_background,
    plain_background_mask as plain_background_mask,
)
from .prompts import (
    Box as Box,
    ImagePrompts as ImagePrompts,
    Point as Point,
    Prompt as Prompt,
    Prompts as Prompts,
    load_prompts as load_prompts,
)
from .reduction import (
    enlarge_levels as enlarge_levels,
    reduce_levels as reduce_levels,
    reduction_to_area as reduction_to_area,
    reduction_to_side as reduction_to_side,
)
from .regions import RegionMasks as RegionMasks, object_mask as object_mask, region_masks as region_masks
from .segmenter import (
    PromptedSegmenter as PromptedSegmenter,
    Segmenter as Segmenter,
    segmenter_registry as segmenter_registry,
)
