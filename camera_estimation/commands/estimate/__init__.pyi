from .command import EstimateRequest as EstimateRequest, run_estimate as run_estimate
