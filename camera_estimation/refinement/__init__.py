"""Optimizers of poses: Gauss-Newton on the motion field, alone or with a deformation, and quasi-Newton descent."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
