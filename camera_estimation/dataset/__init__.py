"""What to estimate: pairs of meshes and images, and what files say of the images.

pairing         which mesh belongs to which image, with ``naming`` (of the results); ``pair_table``: as a table lists
                them, with ``object_mark`` (which of several objects is meant)
videos          a sample for each frame of a video
boxes           rough boxes of objects
intrinsics      known cameras, a type in ``known_intrinsics``, from the files of several programs
image_sources   an image with all that is known of it, from the files that belong to it
sample_image    a sample's picture as its estimate sees it, without the distortion of its lens
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
