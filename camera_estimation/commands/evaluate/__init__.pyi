from .command import EvaluateRequest as EvaluateRequest, run_evaluate as run_evaluate
