"""What every server of this package needs: who may ask, where it listens, and what uploads may be."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
