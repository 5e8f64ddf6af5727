from .fetching import fetch as fetch
from .files import (
    BACKBONES as BACKBONES,
    DEFAULT_VARIANT as DEFAULT_VARIANT,
    describe_missing as describe_missing,
    weight_files as weight_files,
    weights_folder as weights_folder,
)
from .quiet import quiet_loading as quiet_loading
