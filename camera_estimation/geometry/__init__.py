"""Cameras, rotations and orbits: pure functions of tensors.

camera              ``Camera``, and every convention of the project
orbit               cameras as yaw, pitch, radius, look-at and roll
axes                axes of meshes by name, such as +y
intrinsics          focal lengths from fields of view
distortion          how lenses bend directions; ``lens``: with their intrinsics, ``lens_window``: pinholes through them
rotation            maps between rotations
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
