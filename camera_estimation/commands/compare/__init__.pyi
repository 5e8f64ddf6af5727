from .command import run_compare as run_compare
from .plan import ComparePlan as ComparePlan, CompareRequest as CompareRequest, plan_compare as plan_compare
