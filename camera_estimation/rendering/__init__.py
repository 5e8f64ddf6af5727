"""Differentiable rendering of one mesh: visibility, shading, motion field, pose gradients."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
