from .command import Request as Request, run_request as run_request
