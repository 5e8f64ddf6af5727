from .options import ServeLimits as ServeLimits, ServeOptions as ServeOptions
from .server import missing_for_serving as missing_for_serving, serve_estimates as serve_estimates
