"""What to estimate: pairs of meshes and images, and what files say of the images.

pairing         which mesh belongs to which image, with ``naming`` (of the results)
videos          a sample for each frame of a video
boxes           rough boxes of objects; ``intrinsics``: known cameras' focal lengths and principal points
image_sources   an image with all that is known of it, from the files that belong to it
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
