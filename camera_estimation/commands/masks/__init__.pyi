from .command import (
    MasksRequest as MasksRequest,
    fetch_segmenter_weights as fetch_segmenter_weights,
    run_masks as run_masks,
)
