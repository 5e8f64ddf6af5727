from .command import Request as Request, fetch as fetch, run_request as run_request
