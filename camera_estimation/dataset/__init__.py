"""The inputs of a run: which mesh belongs to which image, and the files beside them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
