from .command import run_estimate as run_estimate
from .plan import EstimatePlan as EstimatePlan, EstimateRequest as EstimateRequest, plan_estimate as plan_estimate
from .work import (
    EstimateWork as EstimateWork,
    WorkedSample as WorkedSample,
    do_work as do_work,
    inseparable_groups as inseparable_groups,
    work_of as work_of,
)
