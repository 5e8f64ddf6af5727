"""Recover the camera that took a picture of a known object."""

import lazy_loader

__version__ = "0.1.0"

# Loaded on first use: torch takes seconds, and `camera-estimate --help` must answer at once.
__getattr__, __dir__, _exported = lazy_loader.attach_stub(__name__, __file__)
__all__ = [*_exported, "__version__"]
