from .options import FIRST_PORT as FIRST_PORT, ServeLimits as ServeLimits, ServeOptions as ServeOptions
from .problems import RequestError as RequestError
from .server import missing_for_serving as missing_for_serving, serve_estimates as serve_estimates
