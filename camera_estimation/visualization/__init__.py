"""Pictures of results.

pictures        source, render, overlay, mask and difference in the frame of an image; ``frame_render`` draws the mesh
                into it; ``picture_size``: how large they are
comparison      comparison.png: these side by side, with the numbers
masks           NAME_masks.png: the regions of a picture in colours
evidence        evidence.png: depth and weights of pixels; ``keypoint_overlay`` and ``keypoint_marks``: keypoints
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
