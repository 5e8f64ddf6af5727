"""The studio: estimate, correct, compare, insert an object and take away, on a page of this machine in the browser."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
