"""From an image to its camera: the stages, strung together by ``CameraEstimator``."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
