from .command import run_evaluate as run_evaluate
from .plan import EvaluatePlan as EvaluatePlan, EvaluateRequest as EvaluateRequest, plan_evaluate as plan_evaluate
