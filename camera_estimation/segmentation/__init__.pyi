from .categories import (
    BACKGROUND as BACKGROUND,
    DEFAULT_CATEGORIES as DEFAULT_CATEGORIES,
    FOREGROUND as FOREGROUND,
    FOUND_WITHOUT_NETWORK as FOUND_WITHOUT_NETWORK,
    LIGHTING as LIGHTING,
    Category as Category,
    select_categories as select_categories,
)
from .chosen import load_segmenter as load_segmenter
from .grabcut import grabcut_from_box as grabcut_from_box, grabcut_from_silhouette as grabcut_from_silhouette
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
    REMBG_MODELS as REMBG_MODELS,
    SEGMENTERS as SEGMENTERS,
    SegmenterName as SegmenterName,
    segmenter_name as segmenter_name,
)
from .plain_background import plain_background_mask as plain_background_mask
from .pretrained import fetch_network as fetch_network
from .prompts import ImagePrompts as ImagePrompts, Prompt as Prompt, Prompts as Prompts, load_prompts as load_prompts
from .regions import RegionMasks as RegionMasks, object_mask as object_mask, region_masks as region_masks
from .rembg_segmenter import fetch_model as fetch_model
from .segmenter import (
    BOX_MARGIN as BOX_MARGIN,
    FRAME_MARGIN as FRAME_MARGIN,
    Mask as Mask,
    Picture as Picture,
    Rgb as Rgb,
    Segmenter as Segmenter,
    create_segmenter as create_segmenter,
)
