"""The server: a mesh and a picture in, the pose out, for other programs over HTTP."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
