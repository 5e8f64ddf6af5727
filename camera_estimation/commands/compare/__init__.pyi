from .command import CompareRequest as CompareRequest, run_compare as run_compare
