"""The process that estimates: tasks as lines of JSON in, answers as lines of JSON out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
