"""One piece of work at a time, with progress, events and stop; and what these pieces are."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
