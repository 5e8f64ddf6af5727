from .command import run_estimate as run_estimate
from .plan import EstimatePlan as EstimatePlan, EstimateRequest as EstimateRequest, plan_estimate as plan_estimate
