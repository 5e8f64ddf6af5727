"""What every run of many samples shares: settings, selection, outcomes, progress, resuming."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
