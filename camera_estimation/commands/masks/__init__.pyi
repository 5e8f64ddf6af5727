from .command import run_masks as run_masks
from .plan import MasksPlan as MasksPlan, MasksRequest as MasksRequest, plan_masks as plan_masks
