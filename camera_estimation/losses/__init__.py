"""Objectives: what they are, the registry of objectives and terms, and what they are composed of."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
