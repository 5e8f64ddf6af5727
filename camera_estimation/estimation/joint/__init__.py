"""Several images of one mesh, estimated together: what they share cannot be confused with their poses."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
