"""``camera-estimate --list_losses``: which objectives there are, and how long they take here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
