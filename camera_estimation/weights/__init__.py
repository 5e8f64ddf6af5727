"""Weight files of perceptual networks: which, where, how to fetch and load them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
