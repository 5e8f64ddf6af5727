"""Images as tensors with all that is known of them, and the window around the object."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
