from .command import (
    MasksRequest as MasksRequest,
    run_masks as run_masks,
)
