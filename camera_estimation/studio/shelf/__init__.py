"""What lies before the user: samples with their files, marks and results, and what is dropped on the page."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
