"""Masks: segmenters, a file each, categories, region masks and their files.

segmenter       what a segmenter is, and the registry; ``segmenters/`` has them, a file each, and ``names`` and
                ``loading`` make one of NAME:MODEL
picture         what a segmenter is given, with ``prompts`` (where things are) and ``categories`` (what they are)
regions         all masks of a picture, with ``instances`` (several things of a category) and ``lighting``
mask_cache      their files
reduction       large pictures at fewer pixels
algorithms      ``plain_background``, ``grabcut``, and ``pretrained`` (networks of the library transformers)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
