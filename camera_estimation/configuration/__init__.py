"""All settings as one tree of frozen dataclasses, its presets, and the device that it names."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
