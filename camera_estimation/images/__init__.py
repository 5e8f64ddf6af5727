"""Images as tensors with their masks and all that is known of them, and the window around the object.

source_image    the type: a picture, its mask, and its evidence; ``loading`` makes one of an image file, ``mask`` says
                where the object's mask is from, ``upright`` reads pixels
marked_image    an image in which it is said which object is meant, with ``instance_mask``
evidence        what is known beyond pixels: ``keypoints``, ``depth_image``, regions and ``region_weights``;
                ``evidence_files`` says which files belong to an image
target          the object's window at the image's own resolution, and views of it at the sizes that estimates work on,
                with ``crop`` (the window) and ``view_evidence`` (evidence in a view's pixels)
undistortion    the part of a distorted picture about its object as a pinhole would show it, with ``resampling``
frame           the part of an image without a mask in which the object is looked for
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
