"""Options of the commands, a module for each section of their help, and the values that they take."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
