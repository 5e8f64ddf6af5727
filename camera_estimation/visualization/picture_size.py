"""The size of result pictures: that of the image, or a whole part of it where the image has very many pixels."""

from __future__ import annotations

from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage, reduce_image
from camera_estimation.segmentation import reduction_to_area

# Images of four times as many pixels and more are shown with about these.
PICTURE_PIXELS = 1 << 23


def bound_image(image: SourceImage) -> SourceImage:
    """The image as result pictures show it: itself, or with fewer pixels. Evidence stays that of the whole image."""
    factor = reduction_to_area(image.height, image.width, PICTURE_PIXELS)
    return image if factor == 1 else reduce_image(image, factor)


def camera_of_picture(camera: Camera, picture: SourceImage) -> Camera:
    """A camera of the whole image as that of what ``bound_image`` makes of it."""
    if (camera.width, camera.height) == (picture.width, picture.height):
        return camera
    return camera.crop(0.0, 0.0, camera.width, camera.height, picture.width, picture.height)
