from .fetching import fetch as fetch
from .files import (
    BACKBONES as BACKBONES,
    DEFAULT_VARIANT as DEFAULT_VARIANT,
    describe_missing as describe_missing,
    parse_spec as parse_spec,
    weight_files as weight_files,
    weights_folder as weights_folder,
)
from .lpips_trunks import lpips_trunk_shapes as lpips_trunk_shapes, read_state_dict as read_state_dict
from .quiet import load_tensors_alone as load_tensors_alone, quiet_loading as quiet_loading
