from .loop import run_worker as run_worker
